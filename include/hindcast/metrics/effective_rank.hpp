#pragma once

#include <span>

namespace hindcast::metrics {

/// exp(-sum p_i ln p_i), p_i = s_i / sum s_j, 0 ln 0 = 0: how many singular values matter, counted
/// by the entropy of their distribution. Between 1 and the number of values.
///
/// Roy & Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007.
/// Needs every singular value; at least one must be positive.
[[nodiscard]] double effective_rank(std::span<const double> singular_values);

}  // namespace hindcast::metrics
