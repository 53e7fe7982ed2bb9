#pragma once

// What is left to LAPACK.

#include <Eigen/Core>

namespace hindcast::spectral::blas {

/// The eigenvalues of a tridiagonal matrix, ascending, in place of its diagonal; `beside` is lost.
/// False where one does not converge.
[[nodiscard]] bool tridiagonal_eigenvalues(Eigen::Index size, double* diagonal, double* beside);

/// Bunch and Kaufman's factorisation of the lower triangle of the `size` columns at `matrix`; false
/// where a pivot is zero. One caller at a time is served, the others wait.
[[nodiscard]] bool factorise_indefinite(Eigen::Index size, double* matrix, int* pivots);

}  // namespace hindcast::spectral::blas
