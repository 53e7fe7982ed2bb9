#include "hindcast/metrics/unfolding_measurement.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "hindcast/metrics/effective_rank.hpp"

#include "metrics/matrix_source.hpp"
#include "metrics/sums.hpp"
#include "spectral/largest.hpp"
#include "spectral/of_gram.hpp"
#include "spectral/partial.hpp"

namespace hindcast::metrics {
namespace {

// Up to this many times the resolution a singular value has lost digits worth telling.
constexpr double kNearResolution = 1000.0;

bool takes_partial_path(const MatrixSource& source, SolverChoice choice) {
  if (choice == SolverChoice::automatic) {
    return std::min(source.rows, source.cols) > kLargestAutomaticDense;
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

// Sets the norm, or counts the values that are not finite.
void take_norm(MatrixSource& source, const spectral::MatrixView& matrix) {
  assert(matrix.outerStride() == matrix.cols() || matrix.rows() <= 1);
  // One pass over the weights settles the usual case.
  const double found = norm({matrix.data(), static_cast<std::size_t>(matrix.size())});
  if (!std::isfinite(found)) {
    source.non_finite_values = (!matrix.array().isFinite()).count();
  }
  if (source.non_finite_values == 0) {
    source.norm = found;  // It may be beyond the range of double, though no weight is.
  }
}

// All weights are zero: no direction, no rank, no gain.
void measure_zero(UnfoldingMeasurement& measured) {
  mark(measured, Status::zero);
  measured.spectral_norm = 0.0;
  measured.exact.value = spectral::LowRank{.threshold = 0.0};
  measured.reference.value = measured.exact.value;
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

void keep_values(UnfoldingMeasurement& measured, const spectral::Spectrum& spectrum,
                 const MetricSet& asked) {
  if (!asked.keeps_spectra()) {
    return;
  }
  SingularValues kept{.values = spectrum.leading,
                      .trailing = static_cast<std::int64_t>(spectrum.trailing.size())};
  kept.values.insert(kept.values.end(), spectrum.trailing.begin(), spectrum.trailing.end());
  while (!kept.values.empty() &&
         (kept.values.back() < spectrum.resolution || kept.values.back() == 0.0)) {
    kept.values.pop_back();
  }
  measured.singular_values = std::move(kept);
}

void take_low_rank(LowRankMeasurement& target, const std::optional<spectral::LowRank>& value) {
  target.value = value;
  if (!value) {
    target.status.add(Status::not_certified);
  }
}

void measure_dense(UnfoldingMeasurement& measured, const MatrixSource& source,
                   const MetricSet& asked) {
  const spectral::Spectrum spectrum =
      spectral::dense_spectrum(source.gram(), source.rows, source.cols);
  measured.computed_values = spectrum.computed_values();
  keep_values(measured, spectrum, asked);
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

void measure_no_more_than_largest(UnfoldingMeasurement& measured, const MatrixSource& source,
                                  bool may_decompose) {
  const spectral::LargestValue found =
      spectral::largest_singular_value(source.gram(), may_decompose);
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

void measure_partial(UnfoldingMeasurement& measured, const MatrixSource& source,
                     const MetricSet& asked) {
  measured.solver = spectral::Solver::partial;
  const spectral::PartialResult found =
      spectral::partial_spectrum(source.gram(), source.rows, source.cols, {});
  measured.computed_values = found.spectrum.computed_values();
  keep_values(measured, found.spectrum, asked);
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

void measure_spectrum(UnfoldingMeasurement& measured, const MatrixSource& source,
                      SolverChoice solver, const MetricSet& asked) {
  if (asked.asks_for_spectrum()) {
    if (measured.solver == spectral::Solver::partial) {
      measure_partial(measured, source, asked);
    } else {
      measure_dense(measured, source, asked);
    }
  } else if (asked.asks_for_largest()) {
    if (solver == SolverChoice::dense) {
      measure_dense(measured, source, asked);
    } else {
      measure_no_more_than_largest(measured, source, measured.solver == spectral::Solver::dense);
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

UnfoldingMeasurement measure_source(const MatrixSource& source, tensor::Unfolding unfolding,
                                    SolverChoice solver, const MetricSet& asked) {
  UnfoldingMeasurement measured;
  measured.unfolding = unfolding;
  measured.rows = source.rows;
  measured.cols = source.cols;
  const bool partial = takes_partial_path(source, solver);
  measured.solver = partial ? spectral::Solver::partial : spectral::Solver::dense;
  measured.frobenius_norm = source.norm;
  measured.non_finite_values = source.non_finite_values;
  if (asked.keeps_spectra()) {
    measured.singular_values = SingularValues();
  }
  if (!measured.frobenius_norm) {
    mark(measured, Status::non_finite);
  } else if (*measured.frobenius_norm == 0.0) {
    measure_zero(measured);
  } else {
    measure_spectrum(measured, source, solver, asked);
    if (source.has_dead_filter()) {
      measured.status.add(Status::dead_filter);
      measured.reference.status.add(Status::dead_filter);
    }
  }
  drop_unasked(measured, asked);
  return measured;
}

UnfoldingMeasurement measure_unfolding(const spectral::MatrixView& matrix,
                                       tensor::Unfolding unfolding, SolverChoice solver,
                                       const MetricSet& asked) {
  MatrixSource source{.rows = matrix.rows(),
                      .cols = matrix.cols(),
                      .norm = {},
                      .gram = [&] { return spectral::gram_of(matrix); },
                      .has_dead_filter = [&] { return has_dead_filter(matrix); }};
  take_norm(source, matrix);
  return measure_source(source, unfolding, solver, asked);
}

}  // namespace hindcast::metrics
