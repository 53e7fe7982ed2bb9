#include "spectral/inertia.hpp"

#include <utility>
#include <vector>

#include "spectral/blas.hpp"

namespace hindcast::spectral {
namespace {

struct Factor {
  Eigen::MatrixXd values;   // The block diagonal and what eliminates to it, as dsytrf leaves them.
  std::vector<int> pivots;  // Negative, in pairs, where a block is 2x2.
  bool singular = false;
};

Factor bunch_kaufman(Eigen::MatrixXd shifted) {
  const Eigen::Index n = shifted.rows();
  Factor factor{.values = std::move(shifted),
                .pivots = std::vector<int>(static_cast<std::size_t>(n))};
  factor.singular = !blas::factorise_indefinite(n, factor.values.data(), factor.pivots.data());
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
