#include "spectral/blas.hpp"

#include <algorithm>
#include <vector>

#include "spectral/blas_kernels.hpp"

extern "C" {
// NOLINTBEGIN(readability-identifier-naming)
void dgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n,
            const int* k, const double* alpha, const double* a, const int* lda, const double* b,
            const int* ldb, const double* beta, double* c, const int* ldc);
void dsyrk_(const char* uplo, const char* transpose, const int* n, const int* k,
            const double* alpha, const double* a, const int* lda, const double* beta, double* c,
            const int* ldc);
void dsyr2k_(const char* uplo, const char* transpose, const int* n, const int* k,
             const double* alpha, const double* a, const int* lda, const double* b, const int* ldb,
             const double* beta, double* c, const int* ldc);
void dgemv_(const char* transpose, const int* m, const int* n, const double* alpha, const double* a,
            const int* lda, const double* x, const int* incx, const double* beta, double* y,
            const int* incy);
void dsymv_(const char* uplo, const int* n, const double* alpha, const double* a, const int* lda,
            const double* x, const int* incx, const double* beta, double* y, const int* incy);
void dlarfg_(const int* n, double* alpha, double* x, const int* incx, double* tau);
void dsytrd_(const char* uplo, const int* n, double* a, const int* lda, double* d, double* e,
             double* tau, double* work, const int* lwork, int* info);
void dsterf_(const int* n, double* d, double* e, int* info);
void dsytrf_(const char* uplo, const int* n, double* a, const int* lda, int* ipiv, double* work,
             const int* lwork, int* info);
// NOLINTEND(readability-identifier-naming)
}

namespace hindcast::spectral::blas {
namespace {

constexpr int kStep = 1;
constexpr double kOne = 1.0;
constexpr double kZero = 0.0;
constexpr double kMinusOne = -1.0;
// Columns that LAPACK's blocked routines take at once; more workspace than that is not used.
constexpr int kBlock = 64;

[[maybe_unused]] const bool kPrepared = prepare_blas();

int to_int(Eigen::Index value) {
  return static_cast<int>(value);
}

char letter(Transpose transpose) {
  return static_cast<char>(transpose);
}

}  // namespace

void multiply(Transpose transpose, Eigen::Index rows, Eigen::Index cols, Eigen::Index inner,
              double alpha, ConstBlock a, ConstBlock b, double beta, Block c) {
  const char of_a = letter(transpose);
  const char of_b = letter(transpose == Transpose::no ? Transpose::yes : Transpose::no);
  const int m = to_int(rows);
  const int n = to_int(cols);
  const int k = to_int(inner);
  const int lda = to_int(a.stride);
  const int ldb = to_int(b.stride);
  const int ldc = to_int(c.stride);
  dgemm_(&of_a, &of_b, &m, &n, &k, &alpha, a.data, &lda, b.data, &ldb, &beta, c.data, &ldc);
}

void multiply_with_itself(Transpose transpose, Eigen::Index size, Eigen::Index inner, double alpha,
                          ConstBlock a, double beta, Block c) {
  const char of_a = letter(transpose);
  const int n = to_int(size);
  const int k = to_int(inner);
  const int lda = to_int(a.stride);
  const int ldc = to_int(c.stride);
  dsyrk_("L", &of_a, &n, &k, &alpha, a.data, &lda, &beta, c.data, &ldc);
}

void subtract_both_products(Eigen::Index size, Eigen::Index inner, ConstBlock a, ConstBlock b,
                            Block c) {
  const int n = to_int(size);
  const int k = to_int(inner);
  const int lda = to_int(a.stride);
  const int ldb = to_int(b.stride);
  const int ldc = to_int(c.stride);
  dsyr2k_("L", "N", &n, &k, &kMinusOne, a.data, &lda, b.data, &ldb, &kOne, c.data, &ldc);
}

void apply(Transpose transpose, Eigen::Index rows, Eigen::Index cols, double alpha, ConstBlock a,
           const double* x, double beta, double* y) {
  const char of_a = letter(transpose);
  const int m = to_int(rows);
  const int n = to_int(cols);
  const int lda = to_int(a.stride);
  dgemv_(&of_a, &m, &n, &alpha, a.data, &lda, x, &kStep, &beta, y, &kStep);
}

void apply_symmetric(Eigen::Index size, ConstBlock a, const double* x, double* y) {
  const int n = to_int(size);
  const int lda = to_int(a.stride);
  dsymv_("L", &n, &kOne, a.data, &lda, x, &kStep, &kZero, y, &kStep);
}

Reflection reflect(Eigen::Index size, double* vector) {
  const int n = to_int(size);
  Reflection out;
  dlarfg_(&n, vector, vector + 1, &kStep, &out.tau);
  out.image = vector[0];
  vector[0] = 1.0;
  return out;
}

void tridiagonalise(Eigen::Index size, Block a, double* diagonal, double* beside) {
  const int n = to_int(size);
  const int lda = to_int(a.stride);
  const int work_size = std::max(1, n * kBlock);
  std::vector<double> work(static_cast<std::size_t>(work_size));
  std::vector<double> tau(static_cast<std::size_t>(n));
  int info = 0;
  dsytrd_("L", &n, a.data, &lda, diagonal, beside, tau.data(), work.data(), &work_size, &info);
}

bool tridiagonal_eigenvalues(Eigen::Index size, double* diagonal, double* beside) {
  const int n = to_int(size);
  int info = 0;
  dsterf_(&n, diagonal, beside, &info);
  return info == 0;
}

bool factorise_indefinite(Eigen::Index size, Block a, int* pivots) {
  const int n = to_int(size);
  const int lda = to_int(a.stride);
  const int work_size = std::max(1, n * kBlock);
  std::vector<double> work(static_cast<std::size_t>(work_size));
  int info = 0;
  dsytrf_("L", &n, a.data, &lda, pivots, work.data(), &work_size, &info);
  return info == 0;
}

}  // namespace hindcast::spectral::blas
