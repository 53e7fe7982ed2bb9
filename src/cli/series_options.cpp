#include "cli/series_options.hpp"

#include "hindcast/base/error.hpp"

#include "cli/options.hpp"

namespace hindcast::cli {

void add_run_options(CLI::App& app, SeriesArguments& arguments) {
  app.add_option("--init", arguments.initial,
                 "The checkpoint before training, which rotation is measured from")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_option("--step-from", arguments.step_from,
                 "Where names say the step in their own way: a regular expression whose first "
                 "group is the step; overrides what files and names state")
      ->type_name("REGEX");
  app.add_flag("--one-run", arguments.one_run,
               "Take every directory for one run, also where names, shapes or a jump of the "
               "weights tell of several");
}

void add_series_options(CLI::App& app, SeriesArguments& arguments) {
  add_run_options(app, arguments);
  app.add_option("--scores", arguments.scores,
                 "A CSV table of accuracy, losses and learning rates that the training used, with "
                 "a column step, epoch or checkpoint; in place of the logs beside the checkpoints")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_flag("--no-scores", arguments.no_scores,
               "Do not look for logs beside the checkpoints or for metrics in their names");
}

io::SeriesRequest request_of(const std::vector<std::string>& paths,
                             const SeriesArguments& arguments, unsigned threads) {
  io::SeriesRequest request;
  request.threads = threads;
  request.paths.assign(paths.begin(), paths.end());
  if (!arguments.initial.empty()) {
    request.initial = arguments.initial;
  }
  request.step_from = arguments.step_from;
  request.one_run = arguments.one_run;
  return request;
}

analysis::ScoresRequest scores_request_of(const SeriesArguments& arguments) {
  if (arguments.no_scores && !arguments.scores.empty()) {
    throw Error(ErrorCode::usage, "--scores and --no-scores contradict each other");
  }
  analysis::ScoresRequest request{.search = !arguments.no_scores};
  if (!arguments.scores.empty()) {
    request.file = arguments.scores;
  }
  return request;
}

std::vector<std::string> given_options(const SeriesArguments& arguments) {
  std::vector<std::string> names;
  if (!arguments.initial.empty()) {
    names.emplace_back("--init");
  }
  if (arguments.step_from) {
    names.emplace_back("--step-from");
  }
  if (arguments.one_run) {
    names.emplace_back("--one-run");
  }
  if (!arguments.scores.empty()) {
    names.emplace_back("--scores");
  }
  if (arguments.no_scores) {
    names.emplace_back("--no-scores");
  }
  return names;
}

}  // namespace hindcast::cli
