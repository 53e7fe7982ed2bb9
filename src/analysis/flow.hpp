#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "hindcast/analysis/options.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "analysis/cost.hpp"
#include "analysis/measure_tensor.hpp"
#include "analysis/opened_table.hpp"

namespace hindcast::analysis {

/// A checkpoint on its way through the analysis.
struct CheckpointInFlight {
  const io::CheckpointFile* file = nullptr;
  std::shared_ptr<const OpenedTable> table;     ///< None where `failure` says why.
  std::shared_ptr<const OpenedTable> initial;   ///< The first of the series that could be opened.
  std::shared_ptr<const OpenedTable> previous;  ///< The last one before that could be.
  std::optional<Error> failure;
  std::vector<std::size_t> tensors;  ///< Those that are analysed, in model order.
  std::vector<Outcome> outcomes;     ///< One for each of `tensors`.
};

/// How far the analysis of a series has come.
struct FlowState {
  std::size_t checkpoints_done = 0;
  double flops_done = 0.0;
  double flops_in_all = 0.0;  ///< Estimated until the last checkpoint was opened.
};

/// What is told as it happens, by one thread at a time and in the order of the series.
struct FlowListener {
  /// Every outcome is there.
  std::function<void(CheckpointInFlight&)> checkpoint_done;
  /// One more tensor is measured.
  std::function<void(const FlowState&)> progressed;
};

/// Measures every tensor of every checkpoint of a series. Checkpoints are opened, and their tensors
/// read and measured, side by side: `options.threads` tensors at a time, for as long as they fit
/// `options.memory`, the next checkpoint's while the last of this one are at work.
///
/// Between the outcomes and the number of threads there is no connection. Throws what a listener
/// throws.
void measure_series(const io::CheckpointSeries& series, const AnalysisOptions& options,
                    const FlowListener& listener);

}  // namespace hindcast::analysis
