// hindcast schedule: the rates of a report again, with other hyperparameters.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "hindcast/base/error.hpp"
#include "hindcast/report/read_report.hpp"
#include "hindcast/report/writers.hpp"

#include "analysis/reschedule.hpp"
#include "base/atomic_file.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/load_report.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/report_outputs.hpp"
#include "cli/same_file.hpp"
#include "cli/size_text.hpp"
#include "cli/terminal.hpp"
#include "cli/troubles.hpp"

namespace hindcast::cli {
namespace {

struct ReportScheduleArguments {
  std::string report;
  ScheduleArguments schedule;
  std::string json;
  std::string csv;
  StyleArguments style;
  std::uint64_t most_values = report::kMostReportValues;
  bool strict = false;
  bool quiet = false;
  bool verbose = false;
};

// Begun before the work, so that an unwritable place is known at once.
class Outputs {
 public:
  explicit Outputs(const ReportScheduleArguments& arguments)
      : arguments_(arguments),
        table_{.verbose = arguments.verbose, .style = style_of(arguments.style)} {
    if (arguments.json == "-" && arguments.csv == "-") {
      throw Error(ErrorCode::usage, "only one output can go to stdout ('-')");
    }
    if (!arguments.json.empty() && !arguments.csv.empty() &&
        are_one_file(arguments.json, arguments.csv)) {
      throw Error(ErrorCode::usage,
                  "--json and --csv are the same file, '" + printable(arguments.json) + "'");
    }
    open(arguments.json, json_);
    open(arguments.csv, csv_);
  }

  void write(const report::Report& report) {
    if (json_) {
      report::write_json(report, [&](std::string_view part) { json_->append(part); });
      json_->commit();
    }
    if (csv_) {
      csv_->commit(report::to_schedule_csv(report));
    }
    print_result(arguments_.json == "-"  ? json_for_log(report::to_json(report))
                 : arguments_.csv == "-" ? text_for_log(report::to_schedule_csv(report))
                                         : text_for_log(report::to_schedule_table(report, table_)));
  }

 private:
  void open(const std::string& path, std::optional<AtomicFile>& file) const {
    if (!path.empty() && path != "-") {
      refuse_clash(path, {.files = {arguments_.report}, .why = "is the report"});
      refuse_clash(
          path, {.files = {arguments_.schedule.parameter_order}, .why = "is the parameter order"});
      file.emplace(output_file(path));
    }
  }

  const ReportScheduleArguments& arguments_;
  report::TableOptions table_;
  std::optional<AtomicFile> json_;
  std::optional<AtomicFile> csv_;
};

report::Report report_of(const ReportScheduleArguments& arguments) {
  if (!is_report(arguments.report)) {
    throw Error(ErrorCode::usage,
                printable(arguments.report) +
                    ": is no report; 'hindcast analyze' takes checkpoints, and the same options");
  }
  const std::string text = read_text(arguments.report);
  return with_context(printable(arguments.report),
                      [&] { return report::read_report(text, arguments.most_values); });
}

ExitStatus schedule_report(const ReportScheduleArguments& arguments) {
  const Messages messages(arguments.quiet);
  const analysis::ScheduleOptions options = schedule_options_of(arguments.schedule);
  Outputs outputs(arguments);
  report::Report report = report_of(arguments);
  analysis::reschedule(report, options);
  const Troubles troubles = troubles_of(report);
  tell(report, troubles, ScheduleShown::yes, messages);
  outputs.write(report);
  if (std::ranges::none_of(report.runs, [](const auto& run) { return run.schedule.has_value(); })) {
    print_error("no run has a schedule");
    return ExitStatus::trouble;
  }
  return incomplete_status(troubles.incomplete, arguments.strict);
}

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<ReportScheduleArguments>();
  app.add_option("REPORT", arguments->report, "A report (JSON) that analyze wrote")
      ->type_name("")
      ->required();
  add_schedule_options(app, arguments->schedule);
  app.get_option("--init-lr")->required();
  app.add_option("--json", arguments->json,
                 "Write the whole report with these rates; '-' is stdout, in place of the table")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_option("--csv", arguments->csv,
                 "Write the rates as analyze's schedule.csv; '-' is stdout")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_flag("--strict", arguments->strict, "Exit 3 if the report is incomplete");
  app.add_flag("-q,--quiet", arguments->quiet, "No warnings");
  app.add_flag("-v,--verbose", arguments->verbose, "Parameters that are not tracked, too");
  add_style_options(app, arguments->style);
  add_size_option(app, "--max-report-values", "Values of a report", kMostOfAnything,
                  [arguments](std::uint64_t size) { arguments->most_values = size; })
      ->group("Limits")
      ->default_str(size_text(report::kMostReportValues));
  app.footer(
      "The rates are those RMSGD would have prescribed for these weights, in an open loop: what\n"
      "analyze would say with the same options, without reading a checkpoint.\n\n"
      "Examples:\n"
      "  hindcast schedule report.json --init-lr 0.03\n"
      "  hindcast schedule report.json --init-lr 0.05 --beta 0.9 --linear --csv rates.csv");
  return [arguments] { return schedule_report(*arguments); };
}

}  // namespace

extern const Command schedule_command;
const Command schedule_command = {
    .name = "schedule",
    .summary = "The prescribed rates of a report again, with other hyperparameters",
    .add = add,
};

}  // namespace hindcast::cli
