#pragma once

// The routines of BLAS and LAPACK that the spectra are made of, by their Fortran interface.
// Matrices are stored by columns and start `stride` values apart. Nothing here starts a thread.

#include <Eigen/Core>

namespace hindcast::spectral::blas {

enum class Transpose : char { no = 'N', yes = 'T' };

/// A matrix that lies in somebody else's memory.
struct ConstBlock {
  const double* data = nullptr;
  Eigen::Index stride = 0;
};
struct Block {
  double* data = nullptr;
  Eigen::Index stride = 0;
};

/// c = op(a) op(b)^T + beta c, with c of rows x cols and `inner` the side they share; op transposes
/// both or neither.
void multiply(Transpose transpose, Eigen::Index rows, Eigen::Index cols, Eigen::Index inner,
              double alpha, ConstBlock a, ConstBlock b, double beta, Block c);

/// The lower triangle of c = alpha op(a) op(a)^T + beta c, of order `size`.
void multiply_with_itself(Transpose transpose, Eigen::Index size, Eigen::Index inner, double alpha,
                          ConstBlock a, double beta, Block c);

/// The lower triangle of c -= a b^T + b a^T, of order `size`.
void subtract_both_products(Eigen::Index size, Eigen::Index inner, ConstBlock a, ConstBlock b,
                            Block c);

/// y = alpha op(a) x + beta y for a of rows x cols.
void apply(Transpose transpose, Eigen::Index rows, Eigen::Index cols, double alpha, ConstBlock a,
           const double* x, double beta, double* y);

/// y = a x for the symmetric a of which the lower triangle is stored.
void apply_symmetric(Eigen::Index size, ConstBlock a, const double* x, double* y);

/// Householder's reflection of a vector onto its first entry (LAPACK `dlarfg`): on return the
/// vector holds the reflector, whose first entry is 1, and what became of the first entry is
/// returned.
struct Reflection {
  double image = 0.0;
  double tau = 0.0;
};
Reflection reflect(Eigen::Index size, double* vector);

/// Turns the lower triangle of `a` into a tridiagonal matrix with the same eigenvalues; what it
/// holds afterwards is of no use. `beside` has one entry less.
void tridiagonalise(Eigen::Index size, Block a, double* diagonal, double* beside);

/// The eigenvalues of a tridiagonal matrix, ascending, in place of its diagonal; `beside` is lost.
/// False where one does not converge.
[[nodiscard]] bool tridiagonal_eigenvalues(Eigen::Index size, double* diagonal, double* beside);

/// Bunch and Kaufman's factorisation of the lower triangle of `a`; false where a pivot is zero.
[[nodiscard]] bool factorise_indefinite(Eigen::Index size, Block a, int* pivots);

}  // namespace hindcast::spectral::blas
