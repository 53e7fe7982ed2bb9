#pragma once

// Matrices whose singular values are known because they were put there.

#include <cmath>
#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "hindcast/spectral/spectrum.hpp"

namespace hindcast::test {

using spectral::Matrix;

/// A repeatable stream of numbers, the same on every platform (SplitMix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// Uniform in (0, 1).
  double uniform() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    z ^= z >> 31U;
    return (static_cast<double>(z >> 11U) + 0.5) * 0x1p-53;
  }

  /// Standard normal (Box-Muller).
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * 3.14159265358979323846 * uniform());
  }

 private:
  std::uint64_t state_;
};

inline Matrix gaussian(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  Random random(seed);
  Matrix matrix(rows, cols);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) {
    matrix.data()[i] = random.normal();
  }
  return matrix;
}

/// rows x cols with exactly these singular values (as many as the short side), turned by one
/// Householder reflection on each side: exact to rounding and cheap at any size.
inline Matrix with_singular_values(const std::vector<double>& values, Eigen::Index rows,
                                   Eigen::Index cols, std::uint64_t seed = 1) {
  Matrix matrix = Matrix::Zero(rows, cols);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto k = static_cast<Eigen::Index>(i);
    matrix(k, k) = values[i];
  }
  const Eigen::VectorXd u = gaussian(rows, 1, seed).col(0).normalized();
  const Eigen::VectorXd v = gaussian(cols, 1, seed + 1).col(0).normalized();
  const Eigen::RowVectorXd from_left = 2.0 * (u.transpose() * matrix);
  matrix.noalias() -= u * from_left;
  const Eigen::VectorXd from_right = 2.0 * (matrix * v);
  matrix.noalias() -= from_right * v.transpose();
  return matrix;
}

/// A spectrum as if it had been decomposed; `values` descending.
inline spectral::Spectrum spectrum_of(std::vector<double> values, Eigen::Index rows,
                                      Eigen::Index cols) {
  spectral::Spectrum spectrum;
  spectrum.rows = rows;
  spectrum.cols = cols;
  const Eigen::Map<const Eigen::VectorXd> all(values.data(),
                                              static_cast<Eigen::Index>(values.size()));
  spectrum.frobenius_norm = all.stableNorm();
  spectrum.resolution = spectral::gram_resolution(values.front(), spectrum.short_side());
  spectrum.leading = std::move(values);
  return spectrum;
}

}  // namespace hindcast::test
