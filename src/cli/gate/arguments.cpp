#include "cli/gate/arguments.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "cli/load_report.hpp"

namespace hindcast::cli {

std::vector<NamedPath> files_read(const GateArguments& arguments) {
  std::vector<NamedPath> files = {{"REPORT", arguments.report},
                                  {"--policy", arguments.policy},
                                  {"--init", arguments.series.initial},
                                  {"--scores", arguments.series.scores}};
  for (const std::string& baseline : arguments.baselines) {
    files.push_back({"--baseline", baseline});
  }
  return files;
}

void require_report(const GateArguments& arguments) {
  if (arguments.report.empty()) {
    throw Error(ErrorCode::usage, "REPORT is required; see 'hindcast gate --help'");
  }
}

void refuse_judging_options(const GateArguments& arguments, std::string_view mode) {
  for (const CLI::Option* const option : arguments.judging) {
    if (option->count() > 0) {
      throw Error(ErrorCode::usage,
                  fmt::format("{} judges nothing; leave out {}", mode, option->get_name()));
    }
  }
}

LoadedReport load_and_tell(const std::string& path, const GateArguments& arguments,
                           const Work& work, const Messages& messages) {
  LoadedReport out{.report = load_report(path, arguments.series, limits_of(arguments.safety), work,
                                         messages, arguments.most_values),
                   .troubles = {}};
  out.troubles = troubles_of(out.report);
  tell(out.report, out.troubles, ScheduleShown::no, messages);
  return out;
}

}  // namespace hindcast::cli
