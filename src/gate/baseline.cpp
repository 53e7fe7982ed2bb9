#include "gate/baseline.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace hindcast::gate {
namespace {

// What two checkpoints have in common if they are the same moment of training.
bool same_moment(const report::CheckpointReport& a, const report::CheckpointReport& b) {
  if (a.step && b.step) {
    return a.step == b.step;
  }
  if (a.epoch && b.epoch) {
    return a.epoch == b.epoch;
  }
  return a.name == b.name;
}

// The only run is compared with the only run, whatever they are called.
bool are_single(const report::Report& baseline, const report::Report& report) {
  return baseline.runs.size() == 1 && report.runs.size() == 1;
}

}  // namespace

Counterpart<report::RunReport> matching_run(const report::Report* baseline,
                                            const report::Report& report,
                                            const report::RunReport& run) {
  if (baseline == nullptr) {
    return {nullptr, Cause::no_baseline, "needs a baseline; give --baseline"};
  }
  if (are_single(*baseline, report)) {
    return {&baseline->runs.front(), Cause::none, ""};
  }
  const auto has_name = [&](const report::RunReport& one) { return one.name == run.name; };
  const auto found = std::ranges::count_if(baseline->runs, has_name);
  if (found != 1) {
    return {
        nullptr, Cause::not_measured,
        fmt::format("the baseline has {} run of this name", found == 0 ? "no" : "more than one")};
  }
  return {&*std::ranges::find_if(baseline->runs, has_name), Cause::none, ""};
}

Counterpart<report::CheckpointReport> matching_checkpoint(
    const Counterpart<report::RunReport>& run, const report::CheckpointReport& checkpoint,
    CheckpointChoice::Kind choice) {
  if (run.part == nullptr) {
    return {nullptr, run.cause, run.reason};
  }
  const std::vector<report::CheckpointReport>& candidates = run.part->checkpoints;
  if (candidates.empty()) {
    return {nullptr, Cause::not_measured, "the baseline's run has no checkpoint"};
  }
  if (choice == CheckpointChoice::Kind::last) {
    return {&candidates.back(), Cause::none, ""};
  }
  const auto place = std::ranges::find_if(candidates, [&](const report::CheckpointReport& one) {
    return same_moment(one, checkpoint);
  });
  if (place == candidates.end()) {
    return {nullptr, Cause::not_measured, "the baseline has no such checkpoint"};
  }
  return {&*place, Cause::none, ""};
}

BaselineWindow matching_window(const Rule& rule, const Counterpart<report::RunReport>& run,
                               const Window& window) {
  if (run.part == nullptr || !rule.trend) {
    const Counterpart<report::CheckpointReport> other =
        matching_checkpoint(run, *window.back(), rule.selection.checkpoints.kind);
    return other.part == nullptr ? BaselineWindow{.cause = other.cause, .reason = other.reason}
                                 : BaselineWindow{.window = {other.part}};
  }
  const std::vector<Window> theirs = windows_of(rule, *run.part);
  return theirs.empty()
             ? BaselineWindow{.cause = Cause::not_measured,
                              .reason = "in the baseline, " + why_no_window(rule, *run.part)}
             : BaselineWindow{.window = theirs.front()};
}

std::vector<const report::RunReport*> missing_runs(const report::Report& baseline,
                                                   const report::Report& report) {
  std::vector<const report::RunReport*> missing;
  for (const report::RunReport& run : baseline.runs) {
    if (!are_single(baseline, report) &&
        std::ranges::find(report.runs, run.name, &report::RunReport::name) == report.runs.end()) {
      missing.push_back(&run);
    }
  }
  return missing;
}

bool has_moment_of(const report::CheckpointReport& checkpoint,
                   const std::vector<const report::CheckpointReport*>& candidates) {
  return std::ranges::any_of(candidates, [&](const report::CheckpointReport* one) {
    return same_moment(*one, checkpoint);
  });
}

}  // namespace hindcast::gate
