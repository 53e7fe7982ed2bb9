#pragma once

#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/report.hpp"

#include "analysis/score_book.hpp"
#include "cli/messages.hpp"

namespace hindcast::cli {

/// As many threads as the machine lets us have.
[[nodiscard]] unsigned available_threads();

/// Finds the runs and analyses each, with progress on a terminal, and sets what they logged beside
/// it. `echo` is what the report says of the options. Throws Error.
[[nodiscard]] report::Report analyse_runs(const io::SeriesRequest& request,
                                          const analysis::ScoresRequest& scores,
                                          const analysis::AnalysisOptions& options,
                                          report::OptionsEcho echo, const Messages& messages);

}  // namespace hindcast::cli
