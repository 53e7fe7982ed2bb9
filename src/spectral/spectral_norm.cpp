#include <algorithm>
#include <cmath>

#include "hindcast/spectral/partial.hpp"

#include "spectral/lanczos.hpp"

namespace hindcast::spectral {

std::optional<double> spectral_norm(const MatrixView& matrix) {
  const double largest_entry = matrix.size() == 0 ? 0.0 : matrix.cwiseAbs().maxCoeff();
  if (largest_entry == 0.0) {
    return 0.0;
  }
  // Brought to unit scale, as squares of the entries must neither overflow nor vanish.
  int exponent = 0;
  std::frexp(largest_entry, &exponent);
  const Matrix scaled = matrix.unaryExpr([exponent](double w) { return std::ldexp(w, -exponent); });
  const Eigen::Index n = std::min(scaled.rows(), scaled.cols());
  if (n == 1) {
    return std::ldexp(scaled.norm(), exponent);
  }
  const bool wide = scaled.rows() <= scaled.cols();
  Eigen::VectorXd inner(std::max(scaled.rows(), scaled.cols()));
  const Operator gram = [&](const double* x_in, double* y_out) {
    const Eigen::Map<const Eigen::VectorXd> x(x_in, n);
    Eigen::Map<Eigen::VectorXd> y(y_out, n);
    if (wide) {
      inner.noalias() = scaled.transpose() * x;
      y.noalias() = scaled * inner;
    } else {
      inner.noalias() = scaled * x;
      y.noalias() = scaled.transpose() * inner;
    }
  };
  const Eigenpairs pairs = largest_eigenpairs(gram, {.size = n});
  if (!pairs.converged) {
    return std::nullopt;
  }
  return std::ldexp(std::sqrt(std::max(pairs.values[0], 0.0)), exponent);
}

}  // namespace hindcast::spectral
