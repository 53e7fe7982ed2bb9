#pragma once

#include "hindcast/report/report.hpp"

#include "cli/messages.hpp"
#include "cli/run.hpp"

namespace hindcast::cli {

/// What a report lacks, as far as the exit status depends on it.
struct Troubles {
  bool nothing_read = false;    ///< No checkpoint of any run.
  bool nothing_judged = false;  ///< No layer of any checkpoint.
  bool incomplete = false;      ///< Some checkpoint or tensor was not read or judged.
};

[[nodiscard]] Troubles troubles_of(const report::Report& report);

/// Does the command show the schedule? Then a run without one gets a line that says what it takes.
enum class ScheduleShown { no, yes };

/// Says on stderr what is wrong in each run: as warnings, or as errors where it is why there is no
/// result.
void tell(const report::Report& report, const Troubles& troubles, ScheduleShown schedule,
          const Messages& messages);

/// The exit status of a command that has a result; says why where it is not 0.
[[nodiscard]] ExitStatus incomplete_status(bool incomplete, bool strict);

}  // namespace hindcast::cli
