#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/report/report.hpp"

#include "correlate/summary_metric.hpp"

namespace hindcast::correlate {

/// A checkpoint with a score.
struct ScoredCheckpoint {
  std::string name;
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};
  double score = 0.0;
  std::int64_t layers = 0;                         ///< That have a value of some metric.
  std::vector<std::optional<double>> values = {};  ///< One for each metric.
};

/// A run as far as it can be set against a score.
struct ScoredRun {
  std::string name;
  std::size_t checkpoints = 0;                ///< With or without a score.
  std::string last;                           ///< The last checkpoint, which may have no score.
  std::vector<ScoredCheckpoint> scored = {};  ///< In the order of training.
  std::string same_as = {};                   ///< A run before it with the very same numbers.
};

/// Every run of a report, with the finite scores of this name.
[[nodiscard]] std::vector<ScoredRun> scored_runs(const report::Report& report,
                                                 const std::string& score,
                                                 const std::vector<SummaryMetric>& metrics);

}  // namespace hindcast::correlate
