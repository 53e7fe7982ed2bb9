#pragma once

// What was typed after `hindcast gate`, and what all its ways of working need of it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "hindcast/report/read_report.hpp"
#include "hindcast/report/report.hpp"

#include "cli/messages.hpp"
#include "cli/result_files.hpp"
#include "cli/safety.hpp"
#include "cli/series_options.hpp"
#include "cli/troubles.hpp"
#include "cli/work_options.hpp"

namespace hindcast::cli {

struct GateArguments {
  std::string report;
  std::string policy;
  std::vector<std::string> rules;
  std::vector<std::string> baselines;
  std::optional<double> false_alarms;
  std::optional<double> deviations;
  std::uint64_t most_values = report::kMostReportValues;
  std::string json;
  std::string junit;
  std::string markdown;
  std::string openmetrics;
  std::string output;  ///< Of --init-policy.
  SafetyArguments safety;
  WorkArguments work;
  SeriesArguments series;
  bool init_policy = false;
  bool update_baseline = false;
  bool explain = false;
  bool exit_zero = false;
  bool strict = false;
  bool quiet = false;
  std::vector<const CLI::Option*> judging;  ///< The options of which only a verdict takes notice.
};

/// What is read, so that it is not written over.
[[nodiscard]] std::vector<NamedPath> files_read(const GateArguments& arguments);

/// Throws Error{usage} where there is no REPORT.
void require_report(const GateArguments& arguments);

/// Throws Error{usage} where an option was typed that is for verdicts: `mode` gives none.
void refuse_judging_options(const GateArguments& arguments, std::string_view mode);

/// A report, and what it lacks, which is told.
struct LoadedReport {
  report::Report report;
  Troubles troubles;
};

/// Throws Error that names the path.
[[nodiscard]] LoadedReport load_and_tell(const std::string& path, const GateArguments& arguments,
                                         const Work& work, const Messages& messages);

}  // namespace hindcast::cli
