#pragma once

#include <Eigen/Core>

#include "spectral/kernels/kernel_set.hpp"

namespace hindcast::spectral {

/// The eigenvalues of the symmetric matrix of which the lower triangle is given, ascending. `lower`
/// is used up. A large matrix is shared among the threads of the caller's arena, with the same bits
/// for any number of them.
[[nodiscard]] Eigen::VectorXd symmetric_eigenvalues(Eigen::MatrixXd& lower,
                                                    const KernelSet& kernels = best_kernels());

/// A symmetric tridiagonal matrix.
struct Tridiagonal {
  Eigen::VectorXd diagonal;
  Eigen::VectorXd beside;  ///< Below the diagonal; the last entry means nothing.
};

/// A tridiagonal matrix with the same eigenvalues. `lower` is used up.
[[nodiscard]] Tridiagonal tridiagonalise(Eigen::MatrixXd& lower,
                                         const KernelSet& kernels = best_kernels());

}  // namespace hindcast::spectral
