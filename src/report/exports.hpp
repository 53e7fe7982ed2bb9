#pragma once

// Reports as other tools read them.

#include <cstddef>
#include <string>
#include <vector>

#include "hindcast/report/report.hpp"
#include "hindcast/report/writers.hpp"

#include "report/scalars.hpp"

namespace hindcast::report {

/// What became of the numbers that were chosen.
struct Exported {
  std::size_t numbers = 0;    ///< Written.
  std::size_t too_large = 0;  ///< Left out, as the format has no number for them.
};

/// A name for the file of events of a run: TensorBoard looks for "tfevents" in it.
inline constexpr const char* kEventFileName = "events.out.tfevents.0.hindcast";

/// A folder for each run, relative and none twice: what TensorBoard calls the run.
[[nodiscard]] std::vector<std::string> event_folders(const Report& report);

/// The scalars of a run as events that TensorBoard reads, one for each checkpoint at its place on
/// step_axis(). TensorBoard holds 32-bit numbers; what is missing or beyond them is left out. The
/// time of all events is 0, so that the same report gives the same bytes.
Exported write_events(const RunReport& run, const ScalarChoice& choice, const Sink& sink);

/// A JSON object a line for each number that is not missing: what mlflow.log_metric takes (`key`,
/// `value`, `step`, `timestamp`), and what it is of.
Exported write_mlflow_lines(const Report& report, const ScalarChoice& choice, const Sink& sink);

/// A row for each number: run, checkpoint, step, epoch, scope, layer, unfolding, metric, value.
Exported write_long_csv(const Report& report, const ScalarChoice& choice, const Sink& sink);

/// A row for each checkpoint with a column for each number, named as its chart.
Exported write_wide_csv(const Report& report, const ScalarChoice& choice, const Sink& sink);

}  // namespace hindcast::report
