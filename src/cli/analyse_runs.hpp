#pragma once

#include <vector>

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/report.hpp"

#include "analysis/score_book.hpp"
#include "cli/messages.hpp"
#include "cli/progress_line.hpp"

namespace hindcast::cli {

/// As many threads as the machine lets us have.
[[nodiscard]] unsigned available_threads();

/// The runs that were found in one place. Throws Error.
[[nodiscard]] std::vector<io::CheckpointSeries> runs_of(io::CheckpointSeries found, bool is_one_run,
                                                        const analysis::AnalysisOptions& options);

/// What a person is shown of it.
[[nodiscard]] WorkDone work_done(const analysis::RunProgress& state);

/// Finds the runs, analyses each and sets what they logged beside it, with progress on a terminal,
/// or else in lines now and then where `shows_progress`. `echo` is what the report says of the
/// options. Throws Error.
[[nodiscard]] report::Report analyse_runs(const io::SeriesRequest& request,
                                          const analysis::ScoresRequest& scores,
                                          const analysis::AnalysisOptions& options,
                                          report::OptionsEcho echo, const Messages& messages,
                                          bool shows_progress = false);

}  // namespace hindcast::cli
