#pragma once

#include <string>

#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/report.hpp"

#include "analysis/score_book.hpp"
#include "cli/messages.hpp"
#include "cli/shard_option.hpp"
#include "cli/troubles.hpp"
#include "report/part.hpp"

namespace hindcast::cli {

/// What one of several machines made of its share.
struct ShardAnalysis {
  report::Part part;
  report::Report told;  ///< What went wrong here, by run; nothing else.
  Troubles troubles;    ///< As far as they are known here.
  std::string summary;  ///< One line on what was done.
};

/// Finds the runs as analyse_runs does, and measures what one shard is due. Throws Error.
[[nodiscard]] ShardAnalysis analyse_shard(const io::SeriesRequest& request,
                                          const analysis::ScoresRequest& scores,
                                          const analysis::AnalysisOptions& options,
                                          report::OptionsEcho echo, const ShardNumber& number,
                                          const Messages& messages, bool shows_progress);

}  // namespace hindcast::cli
