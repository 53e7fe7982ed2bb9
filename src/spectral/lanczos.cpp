#include "spectral/lanczos.hpp"

#include <algorithm>
#include <exception>

#include <Spectra/SymEigsSolver.h>

namespace hindcast::spectral {
namespace {

// Relative to each eigenvalue; the error of an eigenvalue is the square of its residual where it
// stands alone, and at most the residual in a cluster.
constexpr double kResidual = 1e-12;

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

}  // namespace

Eigenpairs largest_eigenpairs(const Operator& op, const LanczosRequest& request) {
  const Eigen::Index subspace =
      std::min(request.size, std::max<Eigen::Index>((2 * request.count) + 1, 24));
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
  out.converged = solver.info() == Spectra::CompInfo::Successful;
  if (out.converged) {
    out.values = solver.eigenvalues();
    if (request.vectors) {
      out.vectors = solver.eigenvectors();
    }
  }
  return out;
}

}  // namespace hindcast::spectral
