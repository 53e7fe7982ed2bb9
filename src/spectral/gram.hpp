#pragma once

#include <optional>

#include <Eigen/Core>

#include "hindcast/spectral/spectrum.hpp"

#include "spectral/kernels/kernel_set.hpp"

namespace hindcast::spectral {

/// The smaller Gram matrix of a matrix at unit scale, so that squares neither overflow nor
/// underflow whatever the scale of the weights.
struct Gram {
  Eigen::MatrixXd lower;  ///< L x L; only the lower triangle is filled.
  double scale = 1.0;     ///< A power of two: this is the Gram matrix of the matrix / scale.
  double energy = 0.0;    ///< Its trace: the sum of the squared entries.
};

/// `matrix` must be finite and not all zero. Large products are shared among the threads of the
/// caller's arena, in tiles that depend on the shape alone.
[[nodiscard]] Gram gram_of(const MatrixView& matrix, const KernelSet& kernels = best_kernels());

/// The Gram matrix of the columns of a tall matrix, from blocks of its rows.
class GramOfRows {
 public:
  explicit GramOfRows(Eigen::Index columns, const KernelSet& kernels = best_kernels());

  /// `rows` must be finite.
  void add(const MatrixView& rows);

  /// Nothing where squares overflow or underflow: gram_of takes care of such a matrix.
  [[nodiscard]] std::optional<Gram> finish();

 private:
  const KernelSet& kernels_;
  Eigen::MatrixXd lower_;
};

}  // namespace hindcast::spectral
