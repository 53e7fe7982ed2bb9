#include "cli/troubles.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "hindcast/report/writers.hpp"

#include "base/text.hpp"

namespace hindcast::cli {
namespace {

bool is_judged(const report::LayerReport& layer) {
  return !layer.measured.status.has(metrics::Status::non_finite);
}

bool has_judged_layer(const report::CheckpointReport& checkpoint) {
  return std::ranges::any_of(checkpoint.layers, is_judged);
}

bool is_judged_run(const report::RunReport& run) {
  return std::ranges::any_of(run.checkpoints, has_judged_layer);
}

bool is_incomplete_layer(const report::LayerReport& layer) {
  return !is_judged(layer) || layer.measured.status.has(metrics::Status::not_certified);
}

bool is_incomplete_checkpoint(const report::CheckpointReport& checkpoint) {
  return checkpoint.layers.empty() || checkpoint.ledger.skipped.contains("unreadable") ||
         checkpoint.problems > 0 || std::ranges::any_of(checkpoint.layers, is_incomplete_layer);
}

bool is_incomplete_run(const report::RunReport& run) {
  return !run.unread.empty() || std::ranges::any_of(run.checkpoints, is_incomplete_checkpoint);
}

// What was warned of the last checkpoint where a layer of it could not be read: the reason must be
// there with the error, also for those who want no warnings.
std::string why_unreadable(const report::RunReport& run) {
  const report::CheckpointReport& last = run.checkpoints.back();
  const std::string path = printable(last.path) + ": ";
  const auto warning = std::ranges::find_if(
      run.warnings, [&](const std::string& text) { return text.starts_with(path); });
  return warning == run.warnings.end() || !last.ledger.skipped.contains("unreadable")
             ? ""
             : "; " + warning->substr(path.size());
}

// Why no layer of a run that was read is judged.
std::string unjudged(const report::RunReport& run) {
  const auto has_layers = [](const report::CheckpointReport& c) { return !c.layers.empty(); };
  if (std::ranges::any_of(run.checkpoints, has_layers)) {
    return "no layer could be judged: each has weights that are NaN or infinite";
  }
  const std::string counts = report::describe(run.checkpoints.back().ledger) + why_unreadable(run);
  return run.checkpoints.size() == 1
             ? fmt::format("no layer to analyse: {}", counts)
             : fmt::format("no layer to analyse in any of {} checkpoints; in the last, {}",
                           run.checkpoints.size(), counts);
}

// Tells what is wrong in one run, naming it where there are several.
class RunMessages {
 public:
  RunMessages(const report::RunReport& run, bool is_alone, const Messages& messages)
      : run_(run),
        prefix_(is_alone ? "" : fmt::format("run '{}': ", printable(run.name))),
        messages_(messages) {}

  void unread(bool is_fatal) const {
    for (const report::UnreadCheckpoint& unread : run_.unread) {
      const bool is_whole_run = unread.path == run_.name;
      messages_.trouble(fmt::format("{}{}: {}", is_whole_run ? "" : prefix_, printable(unread.path),
                                    unread.reason),
                        is_fatal);
    }
  }

  void warnings() const {
    for (const std::string& warning : run_.warnings) {
      messages_.warning(prefix_ + warning);
    }
  }

  void unjudged(bool is_fatal) const {
    if (run_.checkpoints.empty() || is_judged_run(run_)) {
      return;
    }
    const std::string alone = run_.checkpoints.size() == 1 ? run_.checkpoints[0].path : run_.name;
    const std::string subject = prefix_.empty() ? printable(alone) + ": " : prefix_;
    messages_.trouble(subject + cli::unjudged(run_), is_fatal);
  }

  void schedule() const {
    if (!run_.schedule) {
      return;
    }
    // The first note is the standing one about the open loop; the table shows them all.
    for (std::size_t i = 1; i < run_.schedule->notes.size(); ++i) {
      messages_.warning(fmt::format("{}schedule: {}", prefix_, run_.schedule->notes[i]));
    }
  }

 private:
  const report::RunReport& run_;
  std::string prefix_;
  const Messages& messages_;
};

// One line for all runs that lack a schedule for one reason.
void tell_missing_schedules(const report::Report& report, const Messages& messages) {
  std::map<std::string, std::vector<std::string>> runs_by_reason;
  for (const report::RunReport& run : report.runs) {
    if (!run.schedule && is_judged_run(run)) {
      runs_by_reason[run.no_schedule].push_back(printable(run.name));
    }
  }
  for (const auto& [reason, runs] : runs_by_reason) {
    std::string whose;
    if (report.runs.size() > 1) {
      whose = runs.size() == 1 ? fmt::format("run '{}': ", runs.front())
                               : fmt::format("{} of {} runs: ", runs.size(), report.runs.size());
    }
    messages.warning(fmt::format("{}no schedule: {}", whose, reason));
  }
}

// What no run has use for is likely to be misspelt.
void tell_unmatched(const report::Report& report, const Messages& messages) {
  if (report.runs.empty()) {
    return;
  }
  for (const std::string& glob : report.runs.front().unmatched_globs) {
    const auto lacks_it = [&](const report::RunReport& run) {
      return std::ranges::find(run.unmatched_globs, glob) != run.unmatched_globs.end();
    };
    if (std::ranges::all_of(report.runs, lacks_it)) {
      messages.warning(fmt::format("{} matches no tensor", glob));
    }
  }
}

}  // namespace

Troubles troubles_of(const report::Report& report) {
  const auto was_read = [](const report::RunReport& run) { return !run.checkpoints.empty(); };
  return {.nothing_read = std::ranges::none_of(report.runs, was_read),
          .nothing_judged = std::ranges::none_of(report.runs, is_judged_run),
          .incomplete = std::ranges::any_of(report.runs, is_incomplete_run)};
}

void tell(const report::Report& report, const Troubles& troubles, ScheduleShown schedule,
          const Messages& messages) {
  for (const report::RunReport& run : report.runs) {
    const RunMessages about(run, report.runs.size() == 1, messages);
    about.unread(troubles.nothing_read);
    about.warnings();
    about.unjudged(troubles.nothing_judged);
    if (schedule == ScheduleShown::yes) {
      about.schedule();
    }
  }
  if (schedule == ScheduleShown::yes) {
    tell_missing_schedules(report, messages);
  }
  tell_unmatched(report, messages);
}

ExitStatus incomplete_status(bool incomplete, bool strict) {
  if (!incomplete || !strict) {
    return ExitStatus::ok;
  }
  print_error("incomplete: some checkpoints or tensors could not be read or judged (--strict)");
  return ExitStatus::incomplete;
}

}  // namespace hindcast::cli
