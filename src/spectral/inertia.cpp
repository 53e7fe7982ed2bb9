#include "spectral/inertia.hpp"

#include <algorithm>
#include <vector>

extern "C" {
// LAPACK's Fortran interface. NOLINTNEXTLINE(readability-identifier-naming)
void dsytrf_(const char* uplo, const int* n, double* a, const int* lda, int* ipiv, double* work,
             const int* lwork, int* info);
// OpenBLAS only, so it may be absent. NOLINTNEXTLINE(readability-identifier-naming)
void openblas_set_num_threads(int count) __attribute__((weak));
}

namespace hindcast::spectral {
namespace {

// A BLAS that starts threads of its own would compete with ours.
void use_one_blas_thread() {
  static const bool done = [] {
    if (openblas_set_num_threads != nullptr) {
      openblas_set_num_threads(1);
    }
    return true;
  }();
  static_cast<void>(done);
}

struct Factor {
  Eigen::MatrixXd values;   // The block diagonal and what eliminates to it, as dsytrf leaves them.
  std::vector<int> pivots;  // Negative, in pairs, where a block is 2x2.
  bool singular = false;
};

Factor bunch_kaufman(Eigen::MatrixXd shifted) {
  use_one_blas_thread();
  const int n = static_cast<int>(shifted.rows());
  constexpr int kBlock = 64;
  const int work_size = std::max(1, n * kBlock);
  std::vector<double> work(static_cast<std::size_t>(work_size));
  Factor factor{.values = std::move(shifted),
                .pivots = std::vector<int>(static_cast<std::size_t>(n))};
  int info = 0;
  dsytrf_("L", &n, factor.values.data(), &n, factor.pivots.data(), work.data(), &work_size, &info);
  factor.singular = info != 0;
  return factor;
}

// Positive eigenvalues of a symmetric 2x2 block, from its determinant and trace.
Eigen::Index positive_in_block(double a, double b, double c) {
  const double determinant = a * c - b * b;
  if (determinant < 0.0) {
    return 1;
  }
  return a + c > 0.0 ? 2 : 0;
}

}  // namespace

std::optional<Eigen::Index> eigenvalues_above(const Eigen::MatrixXd& matrix, double shift) {
  Eigen::MatrixXd shifted = matrix;
  shifted.diagonal().array() -= shift;
  const Factor factor = bunch_kaufman(std::move(shifted));
  if (factor.singular) {
    return std::nullopt;
  }
  Eigen::Index positive = 0;
  const Eigen::Index n = factor.values.rows();
  for (Eigen::Index i = 0; i < n; ++i) {
    if (factor.pivots[static_cast<std::size_t>(i)] < 0 && i + 1 < n) {
      positive += positive_in_block(factor.values(i, i), factor.values(i + 1, i),
                                    factor.values(i + 1, i + 1));
      ++i;  // A 2x2 block takes two columns.
    } else {
      positive += factor.values(i, i) > 0.0 ? 1 : 0;
    }
  }
  return positive;
}

}  // namespace hindcast::spectral
