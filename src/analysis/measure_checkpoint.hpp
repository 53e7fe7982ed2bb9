#pragma once

#include <string>
#include <vector>

#include "hindcast/analysis/options.hpp"
#include "hindcast/report/report.hpp"

#include "analysis/opened_table.hpp"

namespace hindcast::analysis {

/// What a checkpoint's weights are compared with; null where there is nothing.
struct Comparison {
  const OpenedTable* initial = nullptr;
  const OpenedTable* previous = nullptr;
};

struct MeasuredCheckpoint {
  report::Ledger ledger;
  std::vector<report::LayerReport> layers;  ///< In model order.
  std::vector<std::string> problems;        ///< Tensors that could not be read.
};

/// Measures the layers of one checkpoint, `options.threads` at a time.
[[nodiscard]] MeasuredCheckpoint measure_checkpoint(const OpenedTable& table,
                                                    const Comparison& comparison,
                                                    const AnalysisOptions& options);

}  // namespace hindcast::analysis
