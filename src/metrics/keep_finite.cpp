#include "metrics/keep_finite.hpp"

#include <cmath>

namespace hindcast::metrics {
namespace {

// Did it have to go?
bool drop_if_not_finite(std::optional<double>& value) {
  const bool lost = value && !std::isfinite(*value);
  if (lost) {
    value.reset();
  }
  return lost;
}

bool is_finite(const spectral::LowRank& low_rank) {
  return std::isfinite(low_rank.rank_ratio) && std::isfinite(low_rank.knowledge_gain) &&
         std::isfinite(low_rank.mapping_condition) && std::isfinite(low_rank.noise_variance) &&
         std::isfinite(low_rank.threshold.value_or(0.0));
}

void keep_finite(LowRankMeasurement& measured) {
  if (measured.value && !is_finite(*measured.value)) {
    measured.value.reset();
    measured.status.add(Status::non_finite);
  }
}

// All of them where one is beyond the range of double: as the largest they are the first to be.
bool drop_if_not_finite(std::optional<SingularValues>& kept) {
  const bool lost = kept && !kept->values.empty() && !std::isfinite(kept->values.front());
  if (lost) {
    kept->values.clear();
  }
  return lost;
}

// It lies below the smallest double, where its own scale has no digits left.
void judge_condition(UnfoldingMeasurement& measured) {
  if (!drop_if_not_finite(measured.condition_number) && measured.smallest_singular_value != 0.0) {
    return;
  }
  measured.condition_number.reset();
  measured.smallest_singular_value.reset();
  if (!measured.status.has(Status::zero)) {
    measured.status.add(Status::below_resolution);
  }
}

}  // namespace

void keep_finite(UnfoldingMeasurement& measured) {
  judge_condition(measured);
  bool lost = drop_if_not_finite(measured.singular_values);
  for (std::optional<double>* const value :
       {&measured.spectral_norm, &measured.frobenius_norm, &measured.stable_rank,
        &measured.effective_rank, &measured.smallest_singular_value}) {
    lost = drop_if_not_finite(*value) || lost;
  }
  keep_finite(measured.exact);
  keep_finite(measured.reference);
  if (lost || measured.exact.status.has(Status::non_finite) ||
      measured.reference.status.has(Status::non_finite)) {
    measured.status.add(Status::non_finite);
  }
}

void keep_finite(LayerMeasurement& measured) {
  for (std::optional<double>* const value :
       {&measured.rotation, &measured.step_rotation, &measured.relative_distance,
        &measured.distance_from_init_frobenius, &measured.distance_from_init_spectral}) {
    if (drop_if_not_finite(*value)) {
      measured.status.add(Status::non_finite);
    }
  }
}

}  // namespace hindcast::metrics
