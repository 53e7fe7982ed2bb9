// Let t be a Ritz value of the positive semidefinite G with residual r. Some eigenvalue lies within
// r of t, and every other one is at most b = sqrt(|G|_F^2 - (t - r)^2), for the squares of them all
// add up to |G|_F^2. So where b < t - r that eigenvalue is the largest; it is at least t, as t is a
// Rayleigh quotient, and at most t + r^2 / (t - b) (Kato and Temple; Parlett, "The symmetric
// eigenvalue problem", 1998, theorem 11.7.1).

#include "spectral/largest.hpp"

#include <algorithm>
#include <cmath>

#include "spectral/gram.hpp"
#include "spectral/inertia.hpp"
#include "spectral/lanczos.hpp"
#include "spectral/of_gram.hpp"
#include "spectral/tridiagonal.hpp"

namespace hindcast::spectral {
namespace {

constexpr double kEpsilon = 0x1p-52;
// How near b may come to t: rounding in |G|_F is far smaller, and the bound on the error stays so.
constexpr double kRoom = 0.999;
// Relative to t, where eigenvalues above it are counted.
constexpr double kMargin = 1e-9;

double squared_frobenius(const Eigen::MatrixXd& lower) {
  double below = 0.0;
  for (Eigen::Index j = 0; j < lower.cols(); ++j) {
    below += lower.col(j).tail(lower.rows() - j - 1).squaredNorm();
  }
  return 2.0 * below + lower.diagonal().squaredNorm();
}

bool leaves_no_room(const Eigen::MatrixXd& lower, const RitzValue& ritz) {
  const double least = ritz.value - ritz.residual;
  const double rest = std::max(squared_frobenius(lower) - least * least, 0.0);
  const double others = std::sqrt(rest);
  return others <= kRoom * least &&
         ritz.residual * ritz.residual <= kEpsilon * ritz.value * (ritz.value - others);
}

bool is_counted_largest(const Eigen::MatrixXd& lower, const RitzValue& ritz) {
  const double rounding = 4.0 * static_cast<double>(lower.rows()) * kEpsilon;
  const auto above = eigenvalues_above(lower, ritz.value * (1.0 + std::max(kMargin, rounding)));
  return above && *above == 0;
}

}  // namespace

LargestValue largest_singular_value(const MatrixView& matrix, bool may_decompose) {
  return largest_singular_value(gram_of(matrix), may_decompose);
}

LargestValue largest_singular_value(Gram gram, bool may_decompose) {
  const Eigen::Index size = gram.lower.rows();
  const auto singular = [&](double eigenvalue) { return gram.scale * std::sqrt(eigenvalue); };
  if (size == 1) {
    return {.value = singular(gram.energy), .solver = Solver::dense, .computed_values = 1};
  }
  const Operator multiply = [&](const double* x_in, double* y_out) {
    const Eigen::Map<const Eigen::VectorXd> x(x_in, size);
    Eigen::Map<Eigen::VectorXd>(y_out, size).noalias() =
        gram.lower.selfadjointView<Eigen::Lower>() * x;
  };
  const std::optional<RitzValue> ritz = largest_ritz_value(multiply, size);
  if (ritz && leaves_no_room(gram.lower, *ritz)) {
    return {.value = singular(ritz->value), .computed_values = 1};
  }
  if (may_decompose) {
    const Eigen::VectorXd ascending = symmetric_eigenvalues(gram.lower);
    return {
        .value = singular(ascending[size - 1]), .solver = Solver::dense, .computed_values = size};
  }
  const bool is_largest = ritz && is_counted_largest(gram.lower, *ritz);
  return {.value = is_largest ? std::optional(singular(ritz->value)) : std::nullopt,
          .computed_values = is_largest ? 1 : 0};
}

}  // namespace hindcast::spectral
