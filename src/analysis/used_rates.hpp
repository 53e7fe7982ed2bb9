#pragma once

#include "hindcast/report/report.hpp"

namespace hindcast::analysis {

/// Sets the rates the training used beside those of the schedule: after each epoch the ones its
/// checkpoint has as next_used_rates. A parameter has the rate logged under its own name ("lr-" and
/// the name); where no rate is of a parameter, all have the one rate there is, or that all groups
/// share. What cannot be told stays unknown, and a note says so.
void set_used_rates(report::RunReport& run);

}  // namespace hindcast::analysis
