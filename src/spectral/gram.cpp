#include "spectral/gram.hpp"

#include <cmath>

namespace hindcast::spectral {

Gram gram_of(const Matrix& matrix) {
  const double largest = matrix.cwiseAbs().maxCoeff();
  int exponent = 0;
  std::frexp(largest, &exponent);
  Gram gram{.lower = {}, .scale = std::ldexp(1.0, exponent), .energy = 0.0};
  // Multiplying by 2^-exponent is exact but for entries 2^1000 times smaller than the largest.
  const Matrix scaled = matrix.unaryExpr([exponent](double w) { return std::ldexp(w, -exponent); });
  gram.energy = scaled.squaredNorm();

  const Eigen::Index n = std::min(matrix.rows(), matrix.cols());
  gram.lower = Eigen::MatrixXd::Zero(n, n);
  if (matrix.rows() <= matrix.cols()) {
    gram.lower.selfadjointView<Eigen::Lower>().rankUpdate(scaled);
  } else {
    gram.lower.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
  }
  return gram;
}

}  // namespace hindcast::spectral
