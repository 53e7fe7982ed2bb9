#pragma once

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "lint/finding.hpp"

namespace hindcast::analysis {

/// Is this series what it claims to be?
///
/// Reads the weights once, one checkpoint open at a time and `options.threads` tensors in memory,
/// and keeps at most 1 KiB of each tensor. What is found to jump is read again, to tell how far.
/// What cannot be read is a finding. The result does not depend on the number of threads. Uses the
/// selection, limits and threads of the options. Throws Error{usage} where they contradict the
/// files.
[[nodiscard]] lint::RunFindings lint_run(const io::CheckpointSeries& series,
                                         const AnalysisOptions& options, const Progress& progress);

}  // namespace hindcast::analysis
