#pragma once

#include <functional>

#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "analysis/series_opener.hpp"
#include "analysis/series_share.hpp"

namespace hindcast::analysis {

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
/// Of a `share`, where one is given, the other tensors get no outcome, and a checkpoint that it
/// does not need is passed over: it has neither a table nor a failure.
///
/// Between the outcomes and the number of threads there is no connection. Throws what a listener
/// throws, and Error where a checkpoint does not hold what the share says.
void measure_series(const io::CheckpointSeries& series, const AnalysisOptions& options,
                    const FlowListener& listener, const SeriesShare* share = nullptr);

}  // namespace hindcast::analysis
