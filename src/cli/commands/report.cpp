// hindcast report: one HTML page to look at, of one report or several.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/atomic_file.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/join_reports.hpp"
#include "cli/load_report.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/report_outputs.hpp"
#include "cli/report_values_option.hpp"
#include "cli/safety.hpp"
#include "cli/same_file.hpp"
#include "cli/series_options.hpp"
#include "cli/troubles.hpp"
#include "cli/work_options.hpp"
#include "html/page.hpp"

namespace hindcast::cli {
namespace {

struct ReportArguments {
  std::vector<std::string> reports;
  std::string gate_result;
  std::string output = "-";
  std::uint64_t most_values = report::kMostReportValues;
  SeriesArguments series;
  WorkArguments work;
  SafetyArguments safety;
  bool strict = false;
  bool quiet = false;
};

// Made before the long work so that an unwritable place is known at once.
std::optional<AtomicFile> output_of(const ReportArguments& arguments) {
  if (arguments.output == "-") {
    return std::nullopt;
  }
  refuse_clash(arguments.output, {.files = arguments.reports, .why = "is a report"});
  refuse_clash(arguments.output, {.files = {arguments.gate_result}, .why = "holds the verdicts"});
  refuse_clash(arguments.output,
               {.files = {arguments.series.scores}, .why = "is the table of scores"});
  return output_file(arguments.output);
}

report::Report load_all(const ReportArguments& arguments, const Messages& messages) {
  const Work work(arguments.work);
  // What one of them measured is shown; a chart of another's run says where it has nothing.
  std::optional<std::vector<std::string>> measured;
  report::Report all = join_reports(arguments.reports, [&](const std::string& path) {
    report::Report one = load_report(path, arguments.series, limits_of(arguments.safety), work,
                                     messages, arguments.most_values);
    const bool is_same = !measured || *measured == one.options.metrics;
    measured = is_same ? one.options.metrics : std::vector<std::string>();
    return one;
  });
  all.options.metrics = measured.value_or(std::vector<std::string>());
  return all;
}

std::optional<html::Verdict> verdict_of(const std::string& path) {
  if (path.empty()) {
    return std::nullopt;
  }
  const std::string text = read_text(path);
  return with_context(printable(path), [&] { return html::read_verdict(text); });
}

// Runs of several reports that share a name are called "seed_1.json:run".
bool is_called(const report::RunReport& run, std::string_view name) {
  return run.name == name || run.name.ends_with(":" + std::string(name));
}

bool holds(const report::CheckpointReport& checkpoint, const html::JudgedCondition& judged) {
  return (judged.checkpoint.empty() || checkpoint.name == judged.checkpoint) &&
         (judged.layer.empty() ||
          std::ranges::find(checkpoint.layers, judged.layer, &report::LayerReport::name) !=
              checkpoint.layers.end());
}

// What is missing from a report cannot be found there, so only what was judged is looked for.
void require_judged(const report::Report& report, const html::Verdict& verdict) {
  for (const html::JudgedRule& rule : verdict.rules) {
    for (const html::JudgedCondition& judged : rule.findings) {
      const bool is_there =
          judged.run.empty() || !judged.value ||
          std::ranges::any_of(report.runs, [&](const report::RunReport& run) {
            return is_called(run, judged.run) &&
                   std::ranges::any_of(run.checkpoints, [&](const report::CheckpointReport& one) {
                     return holds(one, judged);
                   });
          });
      if (!is_there) {
        throw Error(ErrorCode::usage,
                    fmt::format("--gate-result is of another report: here is no {} of run '{}'",
                                judged.layer.empty()
                                    ? fmt::format("'{}'", printable(judged.checkpoint))
                                    : fmt::format("layer '{}' in '{}'", printable(judged.layer),
                                                  printable(judged.checkpoint)),
                                printable(judged.run)));
      }
    }
  }
}

ExitStatus write_page(const ReportArguments& arguments) {
  const Messages messages(arguments.quiet);
  refuse_repeated(arguments.reports);
  std::optional<AtomicFile> output = output_of(arguments);
  const std::optional<html::Verdict> verdict = verdict_of(arguments.gate_result);
  warn_of_risks(arguments.safety, messages);
  const report::Report report = load_all(arguments, messages);
  const Troubles troubles = troubles_of(report);
  tell(report, troubles, ScheduleShown::no, messages);
  if (troubles.nothing_read) {
    return ExitStatus::trouble;
  }
  if (verdict) {
    require_judged(report, *verdict);
  }
  const std::string page = html::to_html(report, verdict);
  if (output) {
    output->commit(page);
  } else {
    print_result(json_for_log(page));
  }
  return incomplete_status(troubles.incomplete, arguments.strict);
}

constexpr const char* kFooter =
    "The page is one file: it needs no network, no other file and no program but a browser, and "
    "what\n"
    "stands in a checkpoint cannot run in it. Of several reports the runs stand side by side.\n"
    "Equal reports give equal bytes.\n\n"
    "Examples:\n"
    "  hindcast report report.json -o run.html\n"
    "  hindcast report seed_1.json seed_2.json seed_3.json -o seeds.html\n"
    "  hindcast gate report.json --policy policy.json --json verdicts.json;\n"
    "  hindcast report report.json --gate-result verdicts.json -o run.html";

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<ReportArguments>();
  app.add_option("REPORT", arguments->reports,
                 "Reports (JSON), or checkpoints to analyse first: files or directories")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", arguments->output, "Where to write the page; '-' is stdout")
      ->check(is_not_empty())
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--gate-result", arguments->gate_result,
                 "What gate --json wrote of the report: the page begins with it")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_flag("--strict", arguments->strict, "Exit 3 if a report is incomplete");
  app.add_flag("-q,--quiet", arguments->quiet, "No warnings and no progress");
  add_series_options(app, arguments->series);
  add_work_options(app, arguments->work);
  add_safety_options(app, arguments->safety);
  add_report_values_option(app, arguments->most_values);
  app.footer(kFooter);
  return [arguments] { return write_page(*arguments); };
}

}  // namespace

extern const Command report_command;
const Command report_command = {
    .name = "report",
    .summary = "One HTML page with charts of a report, or of several side by side",
    .add = add,
};

}  // namespace hindcast::cli
