// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/escape.hpp"
#include "gate/evidence.hpp"
#include "gate/writers.hpp"

namespace hindcast::gate {
namespace {

constexpr std::size_t kMostAnnotations = 10;  // Of a kind in one step; GitHub drops the rest.

std::string commands(const GateResult& result, Verdict verdict, std::string_view command) {
  std::string out;
  const std::vector<Told> told = worst_first(result, verdict);
  for (std::size_t i = 0; i < std::min(told.size(), kMostAnnotations); ++i) {
    const Finding& finding = *told[i].finding;
    std::string message = fmt::format("{}: {}", place_of(finding), evidence_of(finding));
    if (i + 1 == kMostAnnotations && told.size() > kMostAnnotations) {
      message += fmt::format("\n{} more like this are not shown", told.size() - kMostAnnotations);
    }
    const std::string title = "hindcast gate: " + printable(title_of(told[i].result->rule));
    out += fmt::format("::{} title={}::{}\n", command, github_property(title),
                       github_message(message));
  }
  return out;
}

}  // namespace

std::string to_github_commands(const GateResult& result) {
  if (!result.error.empty()) {
    return fmt::format("::error title=hindcast gate::{}\n",
                       github_message(printable_line(result.error)));
  }
  return commands(result, Verdict::fail, "error") +
         commands(result, Verdict::could_not_judge, "warning");
}

}  // namespace hindcast::gate
