#include "cli/report_outputs.hpp"

#include <system_error>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/report/writers.hpp"

#include "base/text.hpp"
#include "cli/github_actions.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/signals_deferred.hpp"
#include "cli/troubles.hpp"

namespace hindcast::cli {

void add_output_options(CLI::App& app, OutputArguments& arguments) {
  app.add_option("--json", arguments.json,
                 "Write the report as JSON; '-' is stdout, in place of the table")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_option("--csv", arguments.csv,
                 "Write layers.csv, summary.csv, scores.csv and schedule.csv here")
      ->check(is_not_empty())
      ->type_name("DIR");
  app.add_flag("--strict", arguments.strict,
               "Exit 3 if any checkpoint or tensor could not be read or judged");
  app.add_flag("-q,--quiet", arguments.quiet, "No warnings and no progress");
  app.add_flag("-v,--verbose", arguments.verbose,
               "Every run's layers where there are several runs, and every checkpoint's place");
  add_table_options(app, arguments.table);
}

void refuse_clash(const std::filesystem::path& output, const Inputs& inputs) {
  for (const std::string& input : inputs.files) {
    std::error_code no_such_file;
    if (std::filesystem::equivalent(output, input, no_such_file)) {
      throw Error(ErrorCode::usage, fmt::format("'{}' {} and would be written over",
                                                printable(output.string()), inputs.why));
    }
  }
}

ReportOutputs::ReportOutputs(const OutputArguments& arguments, const Inputs& inputs)
    : arguments_(arguments), table_(table_options_of(arguments.table)) {
  table_.verbose = arguments.verbose;
  if (!arguments.json.empty() && arguments.json != "-") {
    refuse_clash(arguments.json, inputs);
    json_.emplace(output_file(arguments.json));
  }
  if (arguments.csv.empty()) {
    return;
  }
  with_context(printable(arguments.csv) + ": cannot make this directory",
               [&] { csv_directory_.emplace(arguments.csv); });
  for (const std::string& name : csv_names()) {
    const std::filesystem::path path = std::filesystem::path(arguments.csv) / name;
    refuse_clash(path, inputs);
    csv_.push_back(output_file(path));
  }
}

std::vector<std::string> ReportOutputs::csv_names() {
  std::vector<std::string> names;
  for (const report::CsvFile& file : report::to_csv(report::Report{})) {
    names.emplace_back(file.name);
  }
  return names;
}

void ReportOutputs::write_files(const report::Report& report) {
  const SignalsDeferred deferred;
  if (json_) {
    report::write_json(report, [&](std::string_view part) { json_->append(part); });
    json_->commit();
  }
  if (!csv_.empty()) {
    const std::vector<report::CsvFile> files = report::to_csv(report);
    for (std::size_t i = 0; i < files.size(); ++i) {
      csv_[i].commit(files[i].content);
    }
    csv_directory_->keep();
  }
}

void ReportOutputs::write(const report::Report& report) {
  write_files(report);
  print_result(arguments_.json == "-" ? json_for_log(report::to_json(report))
                                      : text_for_log(report::to_table(report, table_)));
}

ExitStatus deliver(const report::Report& report, ReportOutputs& outputs,
                   const OutputArguments& arguments, const Messages& messages) {
  const Troubles troubles = troubles_of(report);
  tell(report, troubles, ScheduleShown::yes, messages);
  if (!troubles.nothing_read) {
    outputs.write(report);
  }
  if (troubles.nothing_judged) {
    return ExitStatus::trouble;
  }
  return incomplete_status(troubles.incomplete, arguments.strict);
}

}  // namespace hindcast::cli
