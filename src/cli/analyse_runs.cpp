#include "cli/analyse_runs.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tbb/task_arena.h>

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/base/error.hpp"

#include "analysis/conclusion.hpp"
#include "analysis/tell_runs_apart.hpp"
#include "cli/progress.hpp"

namespace hindcast::cli {

namespace {

std::vector<report::RunReport> reports_of(io::CheckpointSeries found, bool is_one_run,
                                          const analysis::AnalysisOptions& options,
                                          const analysis::Progress& progress,
                                          analysis::ScoreBook& scores) {
  const std::vector<io::CheckpointSeries> series = runs_of(std::move(found), is_one_run, options);
  std::vector<report::RunReport> reports;
  for (const io::CheckpointSeries& one : series) {
    reports.push_back(analysis::analyse(one, options, progress));
  }
  for (const io::CheckpointSeries& one : series) {  // Not before: one of them may have failed.
    scores.add(one);
  }
  return reports;
}

}  // namespace

unsigned available_threads() {
  constexpr int kMost = 1024;
  return static_cast<unsigned>(std::clamp(tbb::this_task_arena::max_concurrency(), 1, kMost));
}

std::vector<io::CheckpointSeries> runs_of(io::CheckpointSeries found, bool is_one_run,
                                          const analysis::AnalysisOptions& options) {
  if (!is_one_run) {
    return analysis::tell_runs_apart(std::move(found), options);
  }
  std::vector<io::CheckpointSeries> runs;
  runs.push_back(std::move(found));
  return runs;
}

WorkDone work_done(const analysis::RunProgress& state) {
  return {.checkpoints = state.done,
          .checkpoints_in_all = state.total,
          .flops = state.flops_done,
          .flops_in_all = state.flops_in_all};
}

report::Report analyse_runs(const io::SeriesRequest& request, const analysis::ScoresRequest& scores,
                            const analysis::AnalysisOptions& options, report::OptionsEcho echo,
                            const Messages& messages, bool shows_progress) {
  report::Report report{.options = std::move(echo), .runs = {}};
  ProgressDisplay display(messages, shows_progress);
  const auto progress = [&](const analysis::RunProgress& state) { display.show(work_done(state)); };
  analysis::ScoreBook score_book(scores, options.limits.follow_links);
  std::vector<io::CheckpointSeries> all = io::discover(request, options.limits);
  score_book.require_fit(all.size());
  std::optional<Error> first_failure;
  std::size_t failed = 0;
  for (io::CheckpointSeries& found : all) {
    const std::string name = found.name;
    display.start();
    try {
      std::vector<report::RunReport> runs =
          reports_of(std::move(found), request.one_run, options, progress, score_book);
      std::ranges::move(runs, std::back_inserter(report.runs));
    } catch (const Error& error) {
      // An option that does not fit one run (--layout, --steps-per-epoch) must not stop the others.
      first_failure = first_failure ? first_failure : error;
      ++failed;
      report.runs.push_back(analysis::failed_run(name, error.what()));
      score_book.add_failed();
    }
    display.clear();
  }
  if (first_failure && failed == all.size()) {
    throw Error(*first_failure);
  }
  score_book.write(report.runs);
  return report;
}

}  // namespace hindcast::cli
