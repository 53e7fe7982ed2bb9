#include "cli/series_options.hpp"

#include "cli/options.hpp"

namespace hindcast::cli {

void add_series_options(CLI::App& app, SeriesArguments& arguments) {
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

io::SeriesRequest request_of(const std::vector<std::string>& paths,
                             const SeriesArguments& arguments) {
  io::SeriesRequest request;
  request.paths.assign(paths.begin(), paths.end());
  if (!arguments.initial.empty()) {
    request.initial = arguments.initial;
  }
  request.step_from = arguments.step_from;
  request.one_run = arguments.one_run;
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
  return names;
}

}  // namespace hindcast::cli
