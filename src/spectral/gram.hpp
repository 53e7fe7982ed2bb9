#pragma once

#include <Eigen/Core>

#include "hindcast/spectral/spectrum.hpp"

namespace hindcast::spectral {

/// The smaller Gram matrix of a matrix brought to unit scale first, so that squares neither
/// overflow nor underflow whatever the scale of the weights.
struct Gram {
  Eigen::MatrixXd lower;  ///< L x L; only the lower triangle is filled.
  double scale = 1.0;     ///< A power of two: the matrix was multiplied by 1 / scale, exactly.
  double energy = 0.0;    ///< Trace of the Gram matrix, summed over the scaled entries.
};

[[nodiscard]] Gram gram_of(const Matrix& matrix);

}  // namespace hindcast::spectral
