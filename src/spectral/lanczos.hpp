#pragma once

#include <functional>
#include <optional>

#include <Eigen/Core>

namespace hindcast::spectral {

/// y = A x for a symmetric A that is never formed.
using Operator = std::function<void(const double* x, double* y)>;

struct LanczosRequest {
  Eigen::Index size = 0;   ///< Order of the operator; at least 2.
  Eigen::Index count = 1;  ///< Largest eigenvalues wanted; less than `size`.
  Eigen::Index max_iterations = 1000;
  bool vectors = false;
};

struct Eigenpairs {
  bool converged = false;  ///< If not, `values` is empty: unconverged values have gaps.
  bool exhausted =
      false;  ///< Every distinct eigenvalue was seen; `values` may be fewer than asked.
  Eigen::VectorXd values;   ///< Descending.
  Eigen::MatrixXd vectors;  ///< One column per value, if asked for.
};

/// The algebraically largest eigenvalues by implicitly restarted Lanczos (Spectra); by plain
/// Lanczos where a few steps span an invariant space, as for matrices of low rank, which Spectra
/// does not notice. Residuals and orthogonality are checked before a result is given. A fixed start
/// makes it the same at every run. Members of a multiple eigenvalue can be missed: count them
/// (inertia.hpp) where it matters.
[[nodiscard]] Eigenpairs largest_eigenpairs(const Operator& op, const LanczosRequest& request);

/// An approximate eigenvalue, and |A v - value v| for its unit vector v.
struct RitzValue {
  double value = 0.0;
  double residual = 0.0;
};

/// The largest eigenvalue alone of a positive semidefinite operator, by plain Lanczos with full
/// reorthogonalisation until the residual is small; nothing where it stays large. There is an
/// eigenvalue within 1e-10 of the answer (relative), and usually much closer: the error is the
/// square of the residual where the eigenvalue stands alone.
[[nodiscard]] std::optional<RitzValue> largest_ritz_value(const Operator& op, Eigen::Index size);

/// Its value.
[[nodiscard]] std::optional<double> largest_eigenvalue(const Operator& op, Eigen::Index size);

}  // namespace hindcast::spectral
