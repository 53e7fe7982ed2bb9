#include "spectral/blas.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "spectral/blas_kernels.hpp"

extern "C" {
// NOLINTBEGIN(readability-identifier-naming)
void dsterf_(const int* n, double* d, double* e, int* info);
void dsytrf_(const char* uplo, const int* n, double* a, const int* lda, int* ipiv, double* work,
             const int* lwork, int* info);
// NOLINTEND(readability-identifier-naming)
}

namespace hindcast::spectral::blas {
namespace {

// Columns that LAPACK's blocked routines take at once; more workspace than that is not used.
constexpr int kBlock = 64;

[[maybe_unused]] const bool kPrepared = prepare_blas();

// OpenBLAS built without threads (0.3.21 of Debian's libopenblas0-serial) hands the same workspace
// to two callers at once if they come within a few instructions of each other: the result is wrong,
// once in some hundred runs on a busy machine. What calls BLAS is therefore kept to one thread.
std::mutex& blas_in_use() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

bool tridiagonal_eigenvalues(Eigen::Index size, double* diagonal, double* beside) {
  const int n = static_cast<int>(size);
  int info = 0;
  // Calls no BLAS, so it may run in several threads.
  dsterf_(&n, diagonal, beside, &info);
  return info == 0;
}

bool factorise_indefinite(Eigen::Index size, double* matrix, int* pivots) {
  const int n = static_cast<int>(size);
  const int work_size = std::max(1, n * kBlock);
  std::vector<double> work(static_cast<std::size_t>(work_size));
  int info = 0;
  const std::lock_guard lock(blas_in_use());
  dsytrf_("L", &n, matrix, &n, pivots, work.data(), &work_size, &info);
  return info == 0;
}

}  // namespace hindcast::spectral::blas
