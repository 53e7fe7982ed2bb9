#include "spectral/lanczos.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>

namespace hindcast::spectral {
namespace {

constexpr double kEpsilon = 0x1p-52;
// Relative to each eigenvalue; the error of an eigenvalue is the square of its residual where it
// stands alone, and at most the residual in a cluster.
constexpr double kResidual = 1e-12;
// What is believed of a result: residual relative to the eigenvalue, and orthogonality.
constexpr double kTrusted = 1e-9;

class SpectraOperator {
 public:
  using Scalar = double;

  SpectraOperator(const Operator& op, Eigen::Index size) : op_(op), size_(size) {}

  [[nodiscard]] Eigen::Index rows() const { return size_; }
  [[nodiscard]] Eigen::Index cols() const { return size_; }
  void perform_op(const double* x, double* y) const { op_(x, y); }

 private:
  const Operator& op_;
  Eigen::Index size_;
};

// A fixed vector without structure that a matrix could share.
Eigen::VectorXd start_vector(Eigen::Index size) {
  Eigen::VectorXd v(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    const double x = std::sin(static_cast<double>(i + 1) * 12.9898) * 43758.5453;
    v[i] = x - std::floor(x) - 0.5;
  }
  return v.normalized();
}

// Plain Lanczos with full reorthogonalisation, for as many steps as `basis` has columns.
struct Krylov {
  Eigen::MatrixXd basis;
  Eigen::VectorXd diagonal;
  Eigen::VectorXd beside;
  Eigen::Index steps = 0;
  bool exhausted = false;  // The space is invariant: its eigenvalues are the operator's own.
};

Krylov krylov(const Operator& op, Eigen::Index size, Eigen::Index most) {
  Krylov space{.basis = Eigen::MatrixXd(size, most),
               .diagonal = Eigen::VectorXd::Zero(most),
               .beside = Eigen::VectorXd::Zero(most)};
  Eigen::VectorXd v = start_vector(size);
  Eigen::VectorXd w(size);
  double norm = 0.0;  // Of the operator, as far as seen.
  for (Eigen::Index j = 0; j < most; ++j) {
    space.basis.col(j) = v;
    space.steps = j + 1;
    op(v.data(), w.data());
    space.diagonal[j] = v.dot(w);
    const auto known = space.basis.leftCols(j + 1);
    for (int twice = 0; twice < 2; ++twice) {
      w -= known * (known.transpose() * w);
    }
    const double left = w.norm();
    norm = std::max({norm, std::abs(space.diagonal[j]), left});
    if (left <= 64.0 * kEpsilon * norm * std::sqrt(static_cast<double>(size)) || j + 1 == size) {
      space.exhausted = true;
      break;
    }
    space.beside[j] = left;
    v = w / left;
  }
  return space;
}

// The largest eigenpairs of an exhausted Krylov space: all distinct eigenvalues are among them.
Eigenpairs ritz_pairs(const Krylov& space, const LanczosRequest& request) {
  const Eigen::Index n = space.steps;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(space.diagonal.head(n),
                                space.beside.head(std::max<Eigen::Index>(n - 1, 0)),
                                Eigen::ComputeEigenvectors);
  const Eigen::Index count = std::min(request.count, n);
  Eigenpairs out;
  out.converged = solver.info() == Eigen::Success;
  out.exhausted = true;
  out.values = solver.eigenvalues().tail(count).reverse();
  if (request.vectors) {
    out.vectors =
        space.basis.leftCols(n) * solver.eigenvectors().rightCols(count).rowwise().reverse();
  }
  return out;
}

// Spectra does not notice a Krylov space that is exhausted and goes on with rounding noise, so its
// word is checked: small residuals and orthonormal vectors.
bool is_sound(const Operator& op, const Eigen::VectorXd& values, const Eigen::MatrixXd& vectors) {
  const Eigen::Index count = values.size();
  const Eigen::MatrixXd overlap = vectors.transpose() * vectors;
  if (!overlap.allFinite() ||
      (overlap - Eigen::MatrixXd::Identity(count, count)).cwiseAbs().maxCoeff() > kTrusted) {
    return false;
  }
  const double size = static_cast<double>(vectors.rows());
  Eigen::VectorXd image(vectors.rows());
  for (Eigen::Index i = 0; i < count; ++i) {
    const Eigen::VectorXd v = vectors.col(i);
    op(v.data(), image.data());
    const double residual = (image - values[i] * v).norm();
    if (residual > kTrusted * std::abs(values[i]) + size * kEpsilon * std::abs(values[0])) {
      return false;
    }
  }
  return true;
}

Eigenpairs by_spectra(const Operator& op, const LanczosRequest& request, Eigen::Index subspace) {
  SpectraOperator wrapped(op, request.size);
  Spectra::SymEigsSolver<SpectraOperator> solver(wrapped, request.count, subspace);
  Eigenpairs out;
  try {
    solver.init();
    solver.compute(Spectra::SortRule::LargestAlge, request.max_iterations, kResidual,
                   Spectra::SortRule::LargestAlge);
  } catch (const std::exception&) {
    return out;  // Its inner QR gave up: not converged, which is an answer.
  }
  if (solver.info() != Spectra::CompInfo::Successful) {
    return out;
  }
  Eigen::MatrixXd vectors = solver.eigenvectors();
  out.values = solver.eigenvalues();
  out.converged = is_sound(op, out.values, vectors);
  if (!out.converged) {
    return {};
  }
  if (request.vectors) {
    out.vectors = std::move(vectors);
  }
  return out;
}

// Lanczos, one step at a time, with room for more steps as they are needed.
class GrowingKrylov {
 public:
  GrowingKrylov(const Operator& op, Eigen::Index size)
      : op_(op), size_(size), basis_(size, std::min(size, kRoom)), v_(start_vector(size)) {}

  void step() {
    const Eigen::Index j = steps();
    if (j == basis_.cols()) {
      basis_.conservativeResize(Eigen::NoChange, std::min(size_, 2 * basis_.cols()));
    }
    basis_.col(j) = v_;
    Eigen::VectorXd w(size_);
    op_(v_.data(), w.data());
    diagonal_.push_back(v_.dot(w));
    const auto known = basis_.leftCols(j + 1);
    for (int twice = 0; twice < 2; ++twice) {
      w -= known * (known.transpose() * w);
    }
    beside_.push_back(w.norm());
    v_ = w / beside_.back();
  }

  [[nodiscard]] Eigen::Index steps() const { return static_cast<Eigen::Index>(diagonal_.size()); }

  /// The largest Ritz value, and the norm of its residual.
  [[nodiscard]] std::pair<double, double> largest() const {
    const Eigen::Index n = steps();
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(Eigen::Map<const Eigen::VectorXd>(diagonal_.data(), n),
                                  Eigen::Map<const Eigen::VectorXd>(beside_.data(), n - 1),
                                  Eigen::ComputeEigenvectors);
    return {solver.eigenvalues()[n - 1],
            beside_.back() * std::abs(solver.eigenvectors()(n - 1, n - 1))};
  }

  /// No step is left: the space is the whole one, or invariant.
  [[nodiscard]] bool is_exhausted() const {
    const double rounding = 64.0 * kEpsilon * std::sqrt(static_cast<double>(size_));
    const double norm = std::max(std::abs(diagonal_.front()), beside_.front());
    return steps() == size_ || beside_.back() <= rounding * norm;
  }

 private:
  static constexpr Eigen::Index kRoom = 64;

  const Operator& op_;
  Eigen::Index size_;
  Eigen::MatrixXd basis_;
  Eigen::VectorXd v_;
  std::vector<double> diagonal_;
  std::vector<double> beside_;
};

}  // namespace

std::optional<RitzValue> largest_ritz_value(const Operator& op, Eigen::Index size) {
  constexpr Eigen::Index kMostSteps = 2000;
  constexpr Eigen::Index kBetweenLooks = 8;
  constexpr double kSmallResidual = 1e-10;
  GrowingKrylov space(op, size);
  while (space.steps() < kMostSteps) {
    space.step();
    const bool is_last = space.is_exhausted();
    if (!is_last && space.steps() % kBetweenLooks != 0) {
      continue;
    }
    const auto [value, residual] = space.largest();
    if (is_last || residual <= kSmallResidual * value) {
      return std::isfinite(value) ? std::optional(RitzValue{.value = value, .residual = residual})
                                  : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<double> largest_eigenvalue(const Operator& op, Eigen::Index size) {
  const std::optional<RitzValue> found = largest_ritz_value(op, size);
  return found ? std::optional(found->value) : std::nullopt;
}

Eigenpairs largest_eigenpairs(const Operator& op, const LanczosRequest& request) {
  const Eigen::Index subspace =
      std::min(request.size, std::max<Eigen::Index>((2 * request.count) + 1, 24));
  const Krylov space = krylov(op, request.size, subspace);
  return space.exhausted ? ritz_pairs(space, request) : by_spectra(op, request, subspace);
}

}  // namespace hindcast::spectral
