#pragma once

#include <cstdint>
#include <optional>

#include "hindcast/spectral/spectrum.hpp"

namespace hindcast::spectral {

/// The largest singular value, and what it took.
struct LargestValue {
  std::optional<double> value;  ///< Nothing where it could not be proven to be the largest.
  Solver solver = Solver::partial;
  std::int64_t computed_values = 0;
};

/// s_1 of a matrix, which must be finite and not all zero. Lanczos on its Gram matrix G finds an
/// eigenvalue; that it is the largest follows from the others' squares, |G|_F^2 less its own, where
/// these leave no room for a larger one. Where they do, the whole spectrum is computed if
/// `may_decompose`, and else the eigenvalues above are counted. For the proof see the source.
[[nodiscard]] LargestValue largest_singular_value(const MatrixView& matrix, bool may_decompose);

}  // namespace hindcast::spectral
