#pragma once

#include <functional>
#include <string_view>

#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/report.hpp"

namespace hindcast::analysis {

/// Called after each checkpoint: how many are done, of how many, and the last one's name.
using Progress = std::function<void(std::size_t done, std::size_t total, std::string_view name)>;

/// Measures every layer of every checkpoint of a run and derives the schedule.
///
/// A checkpoint or tensor that cannot be read is recorded in the report and the rest goes on.
/// Memory follows the largest tensors in flight (three per thread), not the length of the series.
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
