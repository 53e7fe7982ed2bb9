#include "cli/analyse_runs.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <tbb/task_arena.h>

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/analysis/tell_runs_apart.hpp"

namespace hindcast::cli {

unsigned available_threads() {
  constexpr int kMost = 1024;
  return static_cast<unsigned>(std::clamp(tbb::this_task_arena::max_concurrency(), 1, kMost));
}

report::Report analyse_runs(const io::SeriesRequest& request,
                            const analysis::AnalysisOptions& options, report::OptionsEcho echo,
                            const Messages& messages) {
  report::Report report{.options = std::move(echo), .runs = {}};
  const auto progress = [&](std::size_t done, std::size_t total, std::string_view name) {
    messages.progress(done, total, name);
  };
  for (io::CheckpointSeries& found : io::discover(request, options.limits)) {
    std::vector<io::CheckpointSeries> runs;
    if (request.one_run) {
      runs.push_back(std::move(found));
    } else {
      runs = analysis::tell_runs_apart(std::move(found), options);
    }
    for (const io::CheckpointSeries& series : runs) {
      report.runs.push_back(analysis::analyse(series, options, progress));
      messages.end_progress();
    }
  }
  return report;
}

}  // namespace hindcast::cli
