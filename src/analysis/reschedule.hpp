#pragma once

#include "hindcast/analysis/options.hpp"
#include "hindcast/report/report.hpp"

namespace hindcast::analysis {

/// Makes the schedules of a report anew from the knowledge gains that it holds, in place of those
/// it has. What analysing the same checkpoints with these options would have given. Throws
/// Error{usage} where the options contradict a run.
void reschedule(report::Report& report, const ScheduleOptions& options);

}  // namespace hindcast::analysis
