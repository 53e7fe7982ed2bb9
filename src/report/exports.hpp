#pragma once

// Reports as other tools read them.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
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

/// A text that reports are exported as: `hindcast export` has an option for each.
struct TextExport {
  std::string_view option;  ///< Of the command line: "--mlflow".
  std::string_view help;    ///< One line, no full stop.
  bool is_json;             ///< How commands to a log are made harmless where it is printed.
  Exported (*write)(const Report& report, const ScalarChoice& choice, const Sink& sink);
};

/// All of them, in the order of their options.
[[nodiscard]] std::span<const TextExport* const> text_exports() noexcept;

}  // namespace hindcast::report
