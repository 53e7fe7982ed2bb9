#include "analysis/reschedule.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "analysis/gain_history.hpp"
#include "analysis/schedule_report.hpp"
#include "analysis/used_rates.hpp"
#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

// The initial checkpoint is no epoch.
GainHistory history_of(const report::RunReport& run) {
  GainHistory history;
  if (run.model_order) {
    history.set_order(*run.model_order);
  }
  for (std::size_t i = 0; i < run.checkpoints.size(); ++i) {
    const report::CheckpointReport& checkpoint = run.checkpoints[i];
    if (i > 0 || run.initial.checkpoint != checkpoint.name) {
      history.add(
          {.checkpoint = checkpoint.name, .step = checkpoint.step, .epoch = checkpoint.epoch},
          checkpoint.layers);
    }
  }
  return history;
}

}  // namespace

void reschedule(report::Report& report, const ScheduleOptions& options) {
  report.options.steps_per_epoch = options.steps_per_epoch;
  for (report::RunReport& run : report.runs) {
    if (run.checkpoints.empty()) {
      continue;
    }
    const GainHistory history = history_of(run);
    run.schedule.reset();
    run.no_schedule.clear();
    if (!run.model_order && !history.moments().empty()) {
      run.no_schedule =
          "the report does not say in what order the model has its parameters, as those of older "
          "versions do not; analyse the checkpoints again";
      continue;
    }
    with_context(printable(run.name), [&] { write_schedule(history, options, run); });
    set_used_rates(run);
  }
}

}  // namespace hindcast::analysis
