#pragma once

#include <vector>

#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"

namespace hindcast::analysis {

/// The runs that one series of checkpoints is made of, by what they hold; usually it is one.
///
/// A checkpoint starts another run where a layer changed its shape or most layers are named
/// differently, and where its weights turned nearly a right angle away from those before although
/// these moved little from one to the next: chance, not training, separates weights that far in
/// one step. A later checkpoint goes on with the run whose weights it is nearest to.
///
/// Reads a few tensors of every checkpoint. What was told apart is said in the warnings of the
/// first run; the others are named "NAME#2" and so on.
[[nodiscard]] std::vector<io::CheckpointSeries> tell_runs_apart(io::CheckpointSeries series,
                                                                const AnalysisOptions& options);

}  // namespace hindcast::analysis
