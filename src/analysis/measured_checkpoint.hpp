#pragma once

#include <string>
#include <vector>

#include "hindcast/analysis/options.hpp"
#include "hindcast/report/report.hpp"

#include "analysis/flow.hpp"

namespace hindcast::analysis {

struct MeasuredCheckpoint {
  report::Ledger ledger;
  std::vector<report::LayerReport> layers;  ///< In model order.
  std::vector<std::string> problems;        ///< Tensors that could not be read.
};

/// What is reported of a checkpoint whose tensors were all measured. `before` holds the layers of
/// the checkpoint before, from which those of unchanged tensors are taken; null if there is none.
[[nodiscard]] MeasuredCheckpoint measured_checkpoint(CheckpointInFlight& checkpoint,
                                                     const report::CheckpointReport* before,
                                                     const AnalysisOptions& options);

}  // namespace hindcast::analysis
