#include "hindcast/metrics/unfolding_measurement.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "hindcast/metrics/effective_rank.hpp"
#include "hindcast/spectral/largest.hpp"
#include "hindcast/spectral/partial.hpp"

#include "metrics/sums.hpp"

namespace hindcast::metrics {
namespace {

// The square of a norm below this underflows in single precision, where the published optimiser
// factorises; what its SVD makes of such a row depends on how it rounds.
constexpr double kDeadFilterNorm = 3.7e-23;
// Up to this many times the resolution a singular value has lost digits worth telling.
constexpr double kNearResolution = 1000.0;

bool takes_partial_path(const spectral::MatrixView& matrix, SolverChoice choice) {
  if (choice == SolverChoice::automatic) {
    return std::min(matrix.rows(), matrix.cols()) > kLargestAutomaticDense;
  }
  return choice == SolverChoice::partial;
}

template <typename Filter>
bool is_dead(const Filter& filter) {
  // Nearly always the first value settles it.
  for (const double weight : filter) {
    if (std::abs(weight) >= kDeadFilterNorm) {
      return false;
    }
  }
  // stableNorm: the squares of such small entries vanish in double precision, too.
  return filter.stableNorm() < kDeadFilterNorm;
}

bool has_dead_filter(const spectral::MatrixView& matrix) {
  const bool wide = matrix.rows() <= matrix.cols();
  const Eigen::Index count = wide ? matrix.rows() : matrix.cols();
  for (Eigen::Index i = 0; i < count; ++i) {
    if (wide ? is_dead(matrix.row(i)) : is_dead(matrix.col(i))) {
      return true;
    }
  }
  return false;
}

void mark(UnfoldingMeasurement& measured, Status status) {
  measured.status.add(status);
  measured.exact.status.add(status);
  measured.reference.status.add(status);
}

// Nothing where there are values that are not finite, which is marked.
std::optional<double> norm_of(UnfoldingMeasurement& measured, const spectral::MatrixView& matrix) {
  assert(matrix.outerStride() == matrix.cols() || matrix.rows() <= 1);
  // One pass over the weights settles the usual case.
  const double found = norm({matrix.data(), static_cast<std::size_t>(matrix.size())});
  if (std::isfinite(found)) {
    return found;
  }
  measured.non_finite_values = (!matrix.array().isFinite()).count();
  if (measured.non_finite_values == 0) {
    return found;  // Finite weights, and a norm that is none: one beyond the range of double.
  }
  mark(measured, Status::non_finite);
  return std::nullopt;
}

// All weights are zero: no direction, no rank, no gain.
void measure_zero(UnfoldingMeasurement& measured) {
  mark(measured, Status::zero);
  measured.spectral_norm = 0.0;
  measured.exact.value = spectral::LowRank{};
  measured.reference.value = spectral::LowRank{};
}

void judge_smallest(UnfoldingMeasurement& measured, double smallest, double resolution) {
  if (smallest < resolution) {
    measured.status.add(Status::below_resolution);
    return;
  }
  if (smallest < kNearResolution * resolution) {
    measured.status.add(Status::near_resolution);
  }
  measured.smallest_singular_value = smallest;
  measured.condition_number = *measured.spectral_norm / smallest;
}

void measure_largest(UnfoldingMeasurement& measured, double largest) {
  measured.spectral_norm = largest;
  const double ratio = *measured.frobenius_norm / largest;
  measured.stable_rank = ratio * ratio;
}

void take_low_rank(LowRankMeasurement& target, const std::optional<spectral::LowRank>& value) {
  target.value = value;
  if (!value) {
    target.status.add(Status::not_certified);
  }
}

void measure_dense(UnfoldingMeasurement& measured, const spectral::MatrixView& matrix,
                   const MetricSet& asked) {
  const spectral::Spectrum spectrum = spectral::dense_spectrum(matrix);
  measured.computed_values = spectrum.computed_values();
  measure_largest(measured, spectrum.leading.front());
  judge_smallest(measured, spectrum.leading.back(), spectrum.resolution);
  measured.effective_rank = effective_rank(spectrum.leading);
  if (asked.asks_for_exact()) {
    take_low_rank(measured.exact, spectral::evbmf_exact(spectrum));
  }
  if (asked.asks_for_reference()) {
    take_low_rank(measured.reference, spectral::evbmf_reference(spectrum));
  }
}

void measure_no_more_than_largest(UnfoldingMeasurement& measured,
                                  const spectral::MatrixView& matrix, bool may_decompose) {
  const spectral::LargestValue found = spectral::largest_singular_value(matrix, may_decompose);
  measured.solver = found.solver;
  measured.computed_values = found.computed_values;
  if (found.value) {
    measure_largest(measured, *found.value);
  } else {
    measured.status.add(Status::not_certified);
  }
}

// What was found on the way to something else.
void drop_unasked(UnfoldingMeasurement& measured, const MetricSet& asked) {
  const auto keep_if_asked = [&](std::string_view key, std::optional<double>& value) {
    if (!asked.has(key)) {
      value.reset();
    }
  };
  keep_if_asked("spectral_norm", measured.spectral_norm);
  keep_if_asked("frobenius_norm", measured.frobenius_norm);
  keep_if_asked("stable_rank", measured.stable_rank);
  keep_if_asked("effective_rank", measured.effective_rank);
  keep_if_asked("condition_number", measured.condition_number);
  keep_if_asked("condition_number", measured.smallest_singular_value);
  if (!asked.asks_for_exact()) {
    measured.exact = {};
  }
  if (!asked.asks_for_reference()) {
    measured.reference = {};
  }
}

void measure_partial(UnfoldingMeasurement& measured, const spectral::MatrixView& matrix) {
  measured.solver = spectral::Solver::partial;
  const spectral::PartialResult found = spectral::partial_spectrum(matrix, {});
  measured.computed_values = found.spectrum.computed_values();
  measured.detail = found.shortfall;
  if (found.largest) {
    measure_largest(measured, *found.largest);
  }
  if (found.smallest && found.largest) {
    judge_smallest(measured, *found.smallest, found.spectrum.resolution);
  } else if (found.smallest_below_resolution) {
    measured.status.add(Status::below_resolution);
  }
  if (found.spectrum.complete()) {
    measured.effective_rank = effective_rank(found.spectrum.leading);
  } else {
    measured.status.add(Status::partial);
  }
  take_low_rank(measured.exact, found.exact);
  take_low_rank(measured.reference, found.reference);
  if (!found.exact || !found.reference) {
    measured.status.add(Status::not_certified);
  }
}

void measure_spectrum(UnfoldingMeasurement& measured, const spectral::MatrixView& matrix,
                      SolverChoice solver, const MetricSet& asked) {
  if (asked.asks_for_spectrum()) {
    if (measured.solver == spectral::Solver::partial) {
      measure_partial(measured, matrix);
    } else {
      measure_dense(measured, matrix, asked);
    }
  } else if (asked.asks_for_largest()) {
    if (solver == SolverChoice::dense) {
      measure_dense(measured, matrix, asked);
    } else {
      measure_no_more_than_largest(measured, matrix, measured.solver == spectral::Solver::dense);
    }
  }
}

}  // namespace

std::string_view name(SolverChoice choice) noexcept {
  switch (choice) {
    case SolverChoice::automatic:
      return "auto";
    case SolverChoice::dense:
      return "dense";
    case SolverChoice::partial:
      break;
  }
  return "partial";
}

UnfoldingMeasurement measure_unfolding(const spectral::MatrixView& matrix,
                                       tensor::Unfolding unfolding, SolverChoice solver,
                                       const MetricSet& asked) {
  UnfoldingMeasurement measured;
  measured.unfolding = unfolding;
  measured.rows = matrix.rows();
  measured.cols = matrix.cols();
  const bool partial = takes_partial_path(matrix, solver);
  measured.solver = partial ? spectral::Solver::partial : spectral::Solver::dense;
  measured.frobenius_norm = norm_of(measured, matrix);
  if (measured.frobenius_norm == 0.0) {
    measure_zero(measured);
  } else if (measured.frobenius_norm) {
    measure_spectrum(measured, matrix, solver, asked);
    if (has_dead_filter(matrix)) {
      measured.status.add(Status::dead_filter);
      measured.reference.status.add(Status::dead_filter);
    }
  }
  drop_unasked(measured, asked);
  return measured;
}

}  // namespace hindcast::metrics
