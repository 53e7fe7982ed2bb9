#pragma once

// What is known of a rows x cols matrix from its Gram matrix alone, which they use up.

#include "hindcast/spectral/spectrum.hpp"

#include "spectral/gram.hpp"
#include "spectral/largest.hpp"
#include "spectral/partial.hpp"

namespace hindcast::spectral {

/// As the functions of the same names that take the matrix.
[[nodiscard]] Spectrum dense_spectrum(Gram gram, Eigen::Index rows, Eigen::Index cols);
[[nodiscard]] PartialResult partial_spectrum(Gram gram, Eigen::Index rows, Eigen::Index cols,
                                             const PartialOptions& options);
[[nodiscard]] LargestValue largest_singular_value(Gram gram, bool may_decompose);

/// s_1 by Lanczos; nothing where that does not converge.
[[nodiscard]] std::optional<double> spectral_norm(const Gram& gram);

}  // namespace hindcast::spectral
