#include "correlate/summary_metric.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "hindcast/metrics/metric.hpp"

namespace hindcast::correlate {

std::vector<SummaryMetric> summary_metrics() {
  std::vector<SummaryMetric> all;
  for (const metrics::Metric& metric : metrics::metrics()) {
    for (const metrics::Statistic& statistic : metrics::statistics()) {
      all.push_back({.name = fmt::format("{}.{}", metric.key, statistic.key),
                     .key = metric.key,
                     .statistic = &statistic});
    }
  }
  for (const std::string_view key : metrics::total_keys()) {
    all.push_back({.name = std::string(key), .key = key});
  }
  return all;
}

std::optional<double> value_of(const SummaryMetric& metric, const metrics::Summary& summary) {
  std::optional<double> value;
  if (metric.statistic != nullptr) {
    const auto one = std::ranges::find(summary.aggregates, metric.key, &metrics::Aggregate::metric);
    value = one == summary.aggregates.end() ? std::nullopt : (*one).*metric.statistic->value;
  } else {
    const auto one = std::ranges::find(summary.totals, metric.key, &metrics::Total::key);
    value = one == summary.totals.end() ? std::nullopt : one->value;
  }
  return value && std::isfinite(*value) ? value : std::nullopt;
}

}  // namespace hindcast::correlate
