#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "analysis/series_share.hpp"
#include "report/part.hpp"

namespace hindcast::analysis {

/// What there is to do in one run.
struct SeriesWork {
  report::RunRecord record;
  std::vector<std::vector<double>> flops;  ///< Of every tensor of every checkpoint.
};

/// Looks at every checkpoint's table of contents, and reads no values. Throws Error{usage} where
/// the options contradict the files, the schedule's as well.
[[nodiscard]] SeriesWork record_series(const io::CheckpointSeries& series,
                                       const AnalysisOptions& options);

/// Gives every tensor of all runs to one of `shards` machines, about equal costs to each.
void assign_shards(std::span<SeriesWork> works, std::int64_t shards);

/// What is due of a run for one shard.
[[nodiscard]] SeriesShare share_of(const SeriesWork& work, std::int64_t shard);

/// Measures a shard's tensors of the run that is number `run` of the plan. Throws Error{io} where a
/// checkpoint is not any more what was recorded.
[[nodiscard]] std::vector<report::PlannedOutcome> measure_shard(
    const io::CheckpointSeries& series, const SeriesWork& work, std::int64_t shard,
    std::int64_t run, const AnalysisOptions& options, const Progress& progress);

/// The report of a run as far as it is known without measurements: its checkpoints have no layers.
/// Throws Error{usage} where the options contradict the run.
[[nodiscard]] report::RunReport report_without_layers(const report::RunRecord& record,
                                                      const ScheduleOptions& schedule);

}  // namespace hindcast::analysis
