#pragma once

#include <cstddef>
#include <functional>

#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/report.hpp"

namespace hindcast::analysis {

/// How far the analysis of a run has come.
struct RunProgress {
  std::size_t done = 0;       ///< Checkpoints, of `total`.
  std::size_t total = 0;      ///< Of the run.
  double flops_done = 0.0;    ///< What was measured cost so many floating point operations,
  double flops_in_all = 0.0;  ///< and this is what the run costs; an estimate until the end.
};

/// Called after each tensor; may be empty.
using Progress = std::function<void(const RunProgress& progress)>;

/// Measures every layer of every checkpoint of a run and derives the schedule.
///
/// A checkpoint or tensor that cannot be read is recorded in the report and the rest goes on.
/// Memory follows the largest tensors in flight, `options.threads` of them at most, and not the
/// length of the series. A layer that did not change since the checkpoint before is not measured
/// again.
/// The result does not depend on the number of threads.
/// Throws Error{usage} where the options contradict the files.
[[nodiscard]] report::RunReport analyse(const io::CheckpointSeries& series,
                                        const AnalysisOptions& options, const Progress& progress);

/// Every tensor of one file with its role, layout, norm and verdict. Throws Error where the file
/// cannot be opened.
[[nodiscard]] report::InspectedFile inspect(const std::filesystem::path& path,
                                            const tensor::Selection& selection,
                                            const io::Limits& limits);

}  // namespace hindcast::analysis
