// The list of layer metrics. To add one: write src/metrics/definitions/<key>.cpp, then add its
// declaration and its entry here; reports, tables, rules, the page, exports and what `explain` says
// follow.

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "hindcast/metrics/metric.hpp"

namespace hindcast::metrics {

extern const Metric rotation_metric;                  // definitions/rotation.cpp
extern const Metric step_rotation_metric;             // definitions/step_rotation.cpp
extern const Metric relative_distance_metric;         // definitions/relative_distance.cpp
extern const Metric knowledge_gain_metric;            // definitions/knowledge_gain.cpp
extern const Metric knowledge_gain_reference_metric;  // definitions/knowledge_gain_reference.cpp
extern const Metric mapping_condition_metric;         // definitions/mapping_condition.cpp
extern const Metric rank_ratio_metric;                // definitions/rank_ratio.cpp
extern const Metric stable_rank_metric;               // definitions/stable_rank.cpp
extern const Metric effective_rank_metric;            // definitions/effective_rank.cpp
extern const Metric condition_number_metric;          // definitions/condition_number.cpp
extern const Metric spectral_norm_metric;             // definitions/spectral_norm.cpp
extern const Metric frobenius_norm_metric;            // definitions/frobenius_norm.cpp

namespace {

// In report order.
constexpr std::array kMetrics = {
    &rotation_metric,
    &step_rotation_metric,
    &relative_distance_metric,
    &knowledge_gain_metric,
    &knowledge_gain_reference_metric,
    &mapping_condition_metric,
    &rank_ratio_metric,
    &stable_rank_metric,
    &effective_rank_metric,
    &condition_number_metric,
    &spectral_norm_metric,
    &frobenius_norm_metric,
};

std::vector<Metric> all_metrics() {
  std::vector<Metric> all;
  all.reserve(kMetrics.size());
  for (const Metric* const metric : kMetrics) {
    all.push_back(*metric);
  }
  return all;
}

}  // namespace

std::span<const Metric> metrics() noexcept {
  static const std::vector<Metric> all = all_metrics();
  return all;
}

std::optional<double> value(const LayerMeasurement& layer, std::string_view key) {
  const auto all = metrics();
  const auto metric = std::ranges::find(all, key, &Metric::key);
  assert(metric != all.end());
  return metric->measure(layer);
}

}  // namespace hindcast::metrics
