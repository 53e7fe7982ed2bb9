#pragma once

#include "analysis/measurement_cache.hpp"
#include "analysis/opened_table.hpp"
#include "report/run_record.hpp"

namespace hindcast::analysis {

/// What a checkpoint's weights are compared with; null where there is nothing.
struct Comparison {
  const OpenedTable* initial = nullptr;
  const OpenedTable* previous = nullptr;
};

/// How to measure.
struct Measuring {
  metrics::SolverChoice solver = metrics::SolverChoice::automatic;
  metrics::MetricSet metrics = {};
  MeasurementCache* cache = nullptr;  ///< May be null.
  bool unchanged_too = false;         ///< Also what is as it was at the checkpoint before.
  std::uint64_t most_whole_values = std::uint64_t{1} << 27U;  ///< See AnalysisOptions.
};

/// Measures the layers of `table`'s tensor at `index`, which must be one that is analysed. What the
/// file does wrong is the outcome's problem, not thrown.
[[nodiscard]] report::Outcome measure_tensor(const OpenedTable& table, std::size_t index,
                                             const Comparison& comparison,
                                             const Measuring& measuring);

}  // namespace hindcast::analysis
