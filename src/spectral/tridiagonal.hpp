#pragma once

#include <Eigen/Core>

namespace hindcast::spectral {

/// The eigenvalues of the symmetric matrix of which the lower triangle is given, ascending. `lower`
/// is used up. A large matrix is shared among the threads of the caller's arena, with the same bits
/// for any number of them.
[[nodiscard]] Eigen::VectorXd symmetric_eigenvalues(Eigen::MatrixXd& lower);

/// A symmetric tridiagonal matrix.
struct Tridiagonal {
  Eigen::VectorXd diagonal;
  Eigen::VectorXd beside;  ///< Below the diagonal; the last entry means nothing.
};

/// The tridiagonal matrix with the same eigenvalues. Columns are reduced in tiles as long as more
/// than `serial_order` of them are left, and then by LAPACK. `lower` is used up.
[[nodiscard]] Tridiagonal tridiagonalise(Eigen::MatrixXd& lower, Eigen::Index serial_order);

}  // namespace hindcast::spectral
