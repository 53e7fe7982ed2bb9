#include "hindcast/metrics/unfolding_measurement.hpp"

#include <algorithm>
#include <cmath>

#include "hindcast/metrics/effective_rank.hpp"
#include "hindcast/spectral/partial.hpp"

namespace hindcast::metrics {
namespace {

// The square of a norm below this underflows in single precision, where the published optimiser
// factorises; what its SVD makes of such a row depends on how it rounds.
constexpr double kDeadFilterNorm = 3.7e-23;
// Up to this many times the resolution a singular value has lost digits worth telling.
constexpr double kNearResolution = 1000.0;

bool takes_partial_path(const tensor::Matrix& matrix, SolverChoice choice) {
  if (choice == SolverChoice::automatic) {
    return std::min(matrix.rows(), matrix.cols()) > kLargestAutomaticDense;
  }
  return choice == SolverChoice::partial;
}

bool has_dead_filter(const tensor::Matrix& matrix) {
  // stableNorm: the squares of such small entries vanish in double precision, too.
  const bool wide = matrix.rows() <= matrix.cols();
  const Eigen::Index count = wide ? matrix.rows() : matrix.cols();
  for (Eigen::Index i = 0; i < count; ++i) {
    const double norm = wide ? matrix.row(i).stableNorm() : matrix.col(i).stableNorm();
    if (norm < kDeadFilterNorm) {
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

// All weights are zero: no direction, no rank, no gain.
void measure_zero(UnfoldingMeasurement& measured) {
  mark(measured, Status::zero);
  measured.spectral_norm = 0.0;
  measured.frobenius_norm = 0.0;
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

void measure_dense(UnfoldingMeasurement& measured, const tensor::Matrix& matrix) {
  const spectral::Spectrum spectrum = spectral::dense_spectrum(matrix);
  measured.computed_values = spectrum.computed_values();
  measure_largest(measured, spectrum.leading.front());
  judge_smallest(measured, spectrum.leading.back(), spectrum.resolution);
  measured.effective_rank = effective_rank(spectrum.leading);
  take_low_rank(measured.exact, spectral::evbmf_exact(spectrum));
  take_low_rank(measured.reference, spectral::evbmf_reference(spectrum));
}

void measure_partial(UnfoldingMeasurement& measured, const tensor::Matrix& matrix) {
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

}  // namespace

UnfoldingMeasurement measure_unfolding(const tensor::Matrix& matrix, tensor::Unfolding unfolding,
                                       SolverChoice solver) {
  UnfoldingMeasurement measured;
  measured.unfolding = unfolding;
  measured.rows = matrix.rows();
  measured.cols = matrix.cols();
  const bool partial = takes_partial_path(matrix, solver);
  measured.solver = partial ? spectral::Solver::partial : spectral::Solver::dense;
  measured.non_finite_values = (!matrix.array().isFinite()).count();
  if (measured.non_finite_values > 0) {
    mark(measured, Status::non_finite);
    return measured;
  }
  if ((matrix.array() == 0.0).all()) {
    measure_zero(measured);
    return measured;
  }
  measured.frobenius_norm = matrix.stableNorm();
  if (partial) {
    measure_partial(measured, matrix);
  } else {
    measure_dense(measured, matrix);
  }
  if (has_dead_filter(matrix)) {
    measured.status.add(Status::dead_filter);
    measured.reference.status.add(Status::dead_filter);
  }
  return measured;
}

}  // namespace hindcast::metrics
