#include "gate/select_checkpoints.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace hindcast::gate {

bool selects(const Rule& rule, const report::RunReport& run) {
  const std::vector<std::string>& globs = rule.selection.runs;
  return globs.empty() || std::ranges::any_of(globs, [&](const std::string& glob) {
           return glob_matches(glob, run.name);
         });
}

std::vector<const report::CheckpointReport*> selected_checkpoints(const Rule& rule,
                                                                  const report::RunReport& run) {
  using Kind = CheckpointChoice::Kind;
  const CheckpointChoice& choice = rule.selection.checkpoints;
  std::vector<const report::CheckpointReport*> out;
  for (const report::CheckpointReport& one : run.checkpoints) {
    const auto at = choice.kind == Kind::steps ? one.step : one.epoch;
    const bool in_range =
        at && *at >= choice.first.value_or(*at) && *at <= choice.last.value_or(*at);
    const bool is_last = &one == &run.checkpoints.back();
    if (choice.kind == Kind::every || (choice.kind == Kind::last ? is_last : in_range)) {
      out.push_back(&one);
    }
  }
  return out;
}

}  // namespace hindcast::gate
