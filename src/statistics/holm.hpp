#pragma once

#include <span>
#include <vector>

namespace hindcast::statistics {

/// p-values corrected for their number: rejecting those at or below alpha, the chance of any false
/// rejection is at most alpha, whatever the tests have to do with each other. In the order given.
/// Holm, "A simple sequentially rejective multiple test procedure" (1979).
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

}  // namespace hindcast::statistics
