#pragma once

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "lint/observation.hpp"

namespace hindcast::analysis {

/// A run, ready to be judged.
struct ObservedRun {
  lint::RunObservation observation;
  std::vector<io::CheckpointFile> files;  ///< Of observation.checkpoints.
};

/// Reads every checkpoint once. Throws Error{usage} where the options contradict the files.
[[nodiscard]] ObservedRun observe_run(const io::CheckpointSeries& series,
                                      const AnalysisOptions& options, const Progress& progress);

}  // namespace hindcast::analysis
