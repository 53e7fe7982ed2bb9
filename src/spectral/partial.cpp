// The partial path. Lanczos finds leading eigenvalues of the Gram matrix, but can miss members of a
// cluster, and the first self-consistent EVBMF minimum is not always the global one. So nothing is
// claimed before (1) evbmf_exact certifies it whatever the unknown values are, and (2) the inertia
// of the shifted Gram matrix counts as many values above the known tail bound as were found.

#include "spectral/partial.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include <Eigen/Cholesky>
#include <fmt/format.h>

#include "spectral/gram.hpp"
#include "spectral/inertia.hpp"
#include "spectral/lanczos.hpp"
#include "spectral/of_gram.hpp"

namespace hindcast::spectral {
namespace {

constexpr double kEpsilon = 0x1p-52;
// Neighbours nearer than this (relative) are one cluster: no shift is put between them.
constexpr double kClusterGap = 1e-6;
// How far above an eigenvalue a shift is put, relative to it.
constexpr double kShiftMargin = 1e-9;
// Rounds in which values that the inertia misses are looked for in the deflated operator.
constexpr int kRecoveryRounds = 64;
// Up to this order as many values as Lanczos can give are cheap.
constexpr Eigen::Index kSmall = 64;
// More leading values than this, or than half of them all, cost more than a full decomposition.
constexpr Eigen::Index kMostLeading = 512;

// Leading eigenvalues of one Gram matrix, growing on request.
class LeadingValues {
 public:
  LeadingValues(const Eigen::MatrixXd& gram, Eigen::Index max_iterations)
      : gram_(gram), max_iterations_(max_iterations) {}

  /// Computes `count` values anew. False if Lanczos did not converge.
  bool compute(Eigen::Index count) {
    const Operator multiply = [this](const double* x, double* y) { product(x, y, false); };
    Eigenpairs pairs = largest_eigenpairs(multiply, request(count));
    if (pairs.converged) {
      values_ = std::move(pairs.values);
      vectors_ = std::move(pairs.vectors);
      exhausted_ = pairs.exhausted && values_.size() < count;
    }
    return pairs.converged;
  }

  /// Are there no more distinct values to ask for?
  [[nodiscard]] bool exhausted() const { return exhausted_; }

  /// Looks for values that were missed, with the known ones deflated to zero, and merges them in.
  bool recover(Eigen::Index missing) {
    const Operator multiply = [this](const double* x, double* y) { product(x, y, true); };
    const Eigen::Index count = std::min(missing, gram_.rows() - 1);
    const Eigenpairs pairs = largest_eigenpairs(multiply, request(count));
    if (!pairs.converged) {
      return false;
    }
    merge(pairs);
    return true;
  }

  [[nodiscard]] const Eigen::VectorXd& values() const { return values_; }

 private:
  [[nodiscard]] LanczosRequest request(Eigen::Index count) const {
    return {
        .size = gram_.rows(), .count = count, .max_iterations = max_iterations_, .vectors = true};
  }

  void product(const double* x_in, double* y_out, bool deflated) const {
    const Eigen::Map<const Eigen::VectorXd> x(x_in, gram_.rows());
    Eigen::Map<Eigen::VectorXd> y(y_out, gram_.rows());
    y.noalias() = gram_.selfadjointView<Eigen::Lower>() * x;
    if (deflated) {
      y -= vectors_ * values_.cwiseProduct(vectors_.transpose() * x);
    }
  }

  void merge(const Eigenpairs& more) {
    const Eigen::Index total = values_.size() + more.values.size();
    Eigen::VectorXd values(total);
    values << values_, more.values;
    Eigen::MatrixXd vectors(gram_.rows(), total);
    vectors << vectors_, more.vectors;
    std::vector<Eigen::Index> order(static_cast<std::size_t>(total));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    std::ranges::stable_sort(order, [&](auto a, auto b) { return values[a] > values[b]; });
    // Beyond the order of the matrix there are only the zeros that deflation leaves behind.
    order.resize(static_cast<std::size_t>(std::min(total, gram_.rows())));
    values_ = values(order);
    vectors_ = vectors(Eigen::all, order);
  }

  const Eigen::MatrixXd& gram_;
  Eigen::Index max_iterations_;
  Eigen::VectorXd values_;
  Eigen::MatrixXd vectors_;
  bool exhausted_ = false;
};

// The smallest eigenvalues by shift-invert: Lanczos on the inverse of the Gram matrix, lifted a
// little so that its Cholesky factor exists.
class TrailingValues {
 public:
  TrailingValues(const Eigen::MatrixXd& gram, double lift)
      : lift_(lift), factor_(lifted(gram, lift)) {}

  /// Ascending; empty where Lanczos does not converge or the factorisation failed.
  [[nodiscard]] std::vector<double> smallest(Eigen::Index count, Eigen::Index iterations) const {
    if (factor_.info() != Eigen::Success) {
      return {};
    }
    const Eigen::Index n = factor_.rows();
    const Operator solve = [&](const double* x, double* y) {
      Eigen::Map<Eigen::VectorXd>(y, n) = factor_.solve(Eigen::Map<const Eigen::VectorXd>(x, n));
    };
    const Eigenpairs pairs =
        largest_eigenpairs(solve, {.size = n, .count = count, .max_iterations = iterations});
    if (pairs.values.size() < count) {
      return {};  // Multiple values: which are missing is not known.
    }
    std::vector<double> out;
    for (const double inverse : pairs.values) {
      out.push_back(std::max((1.0 / inverse) - lift_, 0.0));
    }
    return out;
  }

 private:
  static Eigen::MatrixXd lifted(Eigen::MatrixXd gram, double lift) {
    gram.diagonal().array() += lift;
    return gram;
  }

  double lift_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

class PartialPath {
 public:
  PartialPath(Gram gram, Eigen::Index rows, Eigen::Index cols, const PartialOptions& options)
      : options_(options),
        gram_(std::move(gram)),
        size_(gram_.lower.rows()),
        leading_(gram_.lower, options.max_iterations) {
    result_.spectrum.rows = rows;
    result_.spectrum.cols = cols;
    result_.spectrum.frobenius_norm = gram_.scale * std::sqrt(gram_.energy);
    result_.spectrum.solver = Solver::partial;
  }

  PartialResult run() {
    if (size_ == 1) {
      single_value();
      return result_;
    }
    for (Eigen::Index count = std::min(options_.first_count, size_ - 1);;
         count = std::min(2 * count, most_leading())) {
      if (!leading_.compute(count)) {
        result_.shortfall = fmt::format("Lanczos did not converge for {} leading values", count);
        break;
      }
      if (step() || count >= most_leading() || leading_.exhausted()) {
        break;
      }
    }
    return result_;
  }

 private:
  // One row or one column: its norm is its only singular value.
  void single_value() {
    Spectrum& spectrum = result_.spectrum;
    spectrum.leading = {gram_.scale * std::sqrt(gram_.energy)};
    spectrum.resolution = gram_resolution(spectrum.leading[0], 1);
    result_.largest = result_.smallest = spectrum.leading[0];
    result_.exact = evbmf_exact(spectrum);
    result_.reference = evbmf_reference(spectrum);
  }

  [[nodiscard]] Eigen::Index most_leading() const {
    return size_ <= kSmall ? size_ - 1 : std::clamp(size_ / 2, kSmall, kMostLeading);
  }

  // Uses the leading values at hand; true when nothing more can be gained from more of them.
  bool step() {
    if (!smallest_known_) {
      find_smallest();
    }
    if (!verify()) {
      return false;
    }
    Spectrum& spectrum = result_.spectrum;
    result_.exact = evbmf_exact(spectrum);
    if (result_.exact && !trailing_tried_ && !evbmf_reference(spectrum)) {
      trailing_tried_ = true;
      extend_trailing();
    }
    result_.reference = evbmf_reference(spectrum);
    describe_shortfall();
    return result_.exact && (result_.reference || !reference_within_reach());
  }

  void describe_shortfall() {
    result_.shortfall = result_.exact ? "" : "the minimum is not certified by the values computed";
    if (result_.exact && !result_.reference) {
      result_.shortfall = "the reference minimiser needs values that were not computed";
    }
  }

  [[nodiscard]] double lambda_1() const { return leading_.values()[0]; }

  // Absolute accuracy of an inertia count: backward error of the factorisation.
  [[nodiscard]] double margin(double lambda) const {
    return std::max(kShiftMargin * lambda,
                    4.0 * static_cast<double>(size_) * kEpsilon * lambda_1());
  }

  [[nodiscard]] double to_singular(double lambda) const {
    return gram_.scale * std::sqrt(std::max(lambda, 0.0));
  }

  void find_smallest() {
    smallest_known_ = true;
    const double floor = static_cast<double>(size_) * kEpsilon * lambda_1();
    const TrailingValues inverse(gram_.lower, floor);
    const std::vector<double> found = inverse.smallest(1, options_.max_iterations);
    if (found.empty()) {
      // The inverse of a nearly singular matrix is too rough to iterate on; counting is not.
      const auto counted = eigenvalues_above(gram_.lower, floor);
      result_.smallest_below_resolution = counted && *counted < size_;
      return;
    }
    if (found[0] < floor) {
      result_.smallest_below_resolution = true;
    } else {
      result_.smallest = to_singular(found[0]);
    }
    smallest_lambda_ = found[0];
  }

  // Takes over the leading values the inertia confirms: exactly those above some shift.
  bool verify() {
    for (int round = 0; round < kRecoveryRounds; ++round) {
      const std::vector<double> lambda = candidates();
      const std::size_t above = last_gap(lambda);
      const double shift = lambda[above] + margin(lambda[above]);
      const auto counted = eigenvalues_above(gram_.lower, shift);
      const auto expected = static_cast<Eigen::Index>(above);
      if (!counted || *counted < expected) {
        result_.shortfall = "a count of eigenvalues could not be verified";
        return false;
      }
      if (*counted == expected) {
        adopt(lambda, above, shift);
        return true;
      }
      if (!leading_.recover(*counted - expected)) {
        break;
      }
    }
    result_.shortfall = "Lanczos did not find every value of a cluster";
    return false;
  }

  // The leading values, and the smallest one where it completes them.
  [[nodiscard]] std::vector<double> candidates() const {
    const Eigen::VectorXd& values = leading_.values();
    std::vector<double> lambda(values.begin(), values.end());
    if (values.size() == size_ - 1 && smallest_lambda_) {
      lambda.push_back(std::min(*smallest_lambda_, lambda.back()));
    }
    return lambda;
  }

  // The largest index whose value stands clear below its predecessor; 0 if none does.
  [[nodiscard]] std::size_t last_gap(const std::vector<double>& lambda) const {
    for (std::size_t i = lambda.size() - 1; i > 0; --i) {
      const double gap = lambda[i - 1] - lambda[i];
      if (gap > kClusterGap * lambda[i - 1] && gap > 4.0 * margin(lambda[i])) {
        return i;
      }
    }
    return 0;
  }

  void adopt(const std::vector<double>& lambda, std::size_t above, double shift) {
    Spectrum& spectrum = result_.spectrum;
    // All of them: what lies below the shift is bounded by it, and its energy is known.
    const double sum = std::accumulate(lambda.begin(), lambda.end(), 0.0);
    const bool complete = static_cast<Eigen::Index>(lambda.size()) == size_ &&
                          std::abs(sum - gram_.energy) <= kShiftMargin * gram_.energy;
    const std::size_t count = complete ? lambda.size() : std::max<std::size_t>(above, 1);
    spectrum.leading.clear();
    for (std::size_t i = 0; i < count; ++i) {
      spectrum.leading.push_back(to_singular(lambda[i]));
    }
    spectrum.tail_bound = complete ? 0.0 : to_singular(shift);
    spectrum.resolution = gram_resolution(to_singular(lambda[0]), size_);
    if (complete) {
      spectrum.trailing.clear();
    } else if (spectrum.trailing.empty() && smallest_lambda_) {
      spectrum.trailing = {to_singular(*smallest_lambda_)};
    }
    result_.largest = to_singular(lambda[0]);
    if (!complete) {
      join_if_complete();
    }
  }

  // The values below the bracket's index, from the other end, where they are few enough.
  void extend_trailing() {
    const Eigen::Index count = bracket_tail();
    if (count > most_leading() || result_.spectrum.complete()) {
      return;
    }
    const double floor = static_cast<double>(size_) * kEpsilon * lambda_1();
    const TrailingValues inverse(gram_.lower, floor);
    std::vector<double> lambda = inverse.smallest(count, options_.max_iterations);
    if (lambda.empty()) {
      return;
    }
    const auto counted = eigenvalues_above(gram_.lower, lambda.back() + margin(lambda.back()));
    if (!counted || *counted != size_ - count) {
      return;  // The last one sits in a cluster, or one was missed: not known for certain.
    }
    std::ranges::reverse(lambda);
    result_.spectrum.trailing.clear();
    for (const double value : lambda) {
      result_.spectrum.trailing.push_back(to_singular(value));
    }
    join_if_complete();
  }

  // Verified from both ends, the two lists may cover the whole spectrum between them.
  void join_if_complete() {
    Spectrum& spectrum = result_.spectrum;
    const auto size = static_cast<std::size_t>(size_);
    if (spectrum.leading.size() + spectrum.trailing.size() < size) {
      return;
    }
    const auto missing = static_cast<std::ptrdiff_t>(size - spectrum.leading.size());
    spectrum.leading.insert(spectrum.leading.end(), spectrum.trailing.end() - missing,
                            spectrum.trailing.end());
    spectrum.trailing.clear();
    spectrum.tail_bound = 0.0;
  }

  // How many of the smallest values the lower end of EVBMF's bracket depends on.
  [[nodiscard]] Eigen::Index bracket_tail() const {
    const auto l = static_cast<double>(size_);
    const double alpha = l / static_cast<double>(result_.spectrum.long_side());
    return size_ - static_cast<Eigen::Index>(std::ceil(l / (1.0 + alpha))) + 1;
  }

  [[nodiscard]] bool reference_within_reach() const {
    const bool from_below = bracket_tail() <= most_leading();
    const bool from_above = size_ - bracket_tail() + 1 <= most_leading();
    return from_below || from_above;
  }

  PartialOptions options_;
  Gram gram_;
  Eigen::Index size_;
  LeadingValues leading_;
  PartialResult result_;
  std::optional<double> smallest_lambda_;
  bool smallest_known_ = false;
  bool trailing_tried_ = false;
};

}  // namespace

PartialResult partial_spectrum(const MatrixView& matrix, const PartialOptions& options) {
  return partial_spectrum(gram_of(matrix), matrix.rows(), matrix.cols(), options);
}

PartialResult partial_spectrum(Gram gram, Eigen::Index rows, Eigen::Index cols,
                               const PartialOptions& options) {
  return PartialPath(std::move(gram), rows, cols, options).run();
}

}  // namespace hindcast::spectral
