#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/metrics/summary.hpp"

namespace hindcast::correlate {

/// One number of a checkpoint's summary.
struct SummaryMetric {
  std::string name;                               ///< "knowledge_gain.mean", "sum_of_stable_ranks"
  std::string_view key = {};                      ///< Of the layer metric, or of the total.
  const metrics::Statistic* statistic = nullptr;  ///< None of a total.
};

/// All of them, in report order.
[[nodiscard]] std::vector<SummaryMetric> summary_metrics();

/// None where it is missing or not finite.
[[nodiscard]] std::optional<double> value_of(const SummaryMetric& metric,
                                             const metrics::Summary& summary);

}  // namespace hindcast::correlate
