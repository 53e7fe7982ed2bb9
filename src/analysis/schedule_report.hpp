#pragma once

#include "hindcast/analysis/options.hpp"
#include "hindcast/report/report.hpp"

#include "analysis/gain_history.hpp"

namespace hindcast::analysis {

/// Writes RMSGD's schedule into the report of a run, or why there is none. Throws Error{usage}
/// where the options contradict the run.
void write_schedule(const GainHistory& history, const ScheduleOptions& options,
                    report::RunReport& run);

}  // namespace hindcast::analysis
