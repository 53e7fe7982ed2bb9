// hindcast export: the numbers of reports, as other tools read them.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/atomic_file.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/event_files.hpp"
#include "cli/github_actions.hpp"
#include "cli/join_reports.hpp"
#include "cli/load_report.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/report_outputs.hpp"
#include "cli/safety.hpp"
#include "cli/same_file.hpp"
#include "cli/series_options.hpp"
#include "cli/size_text.hpp"
#include "cli/troubles.hpp"
#include "cli/work_options.hpp"
#include "report/exports.hpp"

namespace hindcast::cli {
namespace {

using Write = report::Exported (*)(const report::Report&, const report::ScalarChoice&,
                                   const report::Sink&);

struct ExportArguments {
  std::vector<std::string> reports;
  std::string tensorboard;
  std::string mlflow;
  std::string long_csv;
  std::string wide_csv;
  report::ScalarChoice choice;
  SeriesArguments series;
  WorkArguments work;
  SafetyArguments safety;
  std::uint64_t most_values = report::kMostReportValues;
  bool strict = false;
  bool quiet = false;
};

// One file of text, and what writes it.
struct TextOutput {
  std::string_view option;
  const std::string* path = nullptr;
  Write write = nullptr;
  std::string (*for_log)(std::string text) = nullptr;
};

std::vector<TextOutput> text_outputs_of(const ExportArguments& arguments) {
  const std::array<TextOutput, 3> all = {{
      {"--mlflow", &arguments.mlflow, report::write_mlflow_lines, json_for_log},
      {"--long-csv", &arguments.long_csv, report::write_long_csv, text_for_log},
      {"--wide-csv", &arguments.wide_csv, report::write_wide_csv, text_for_log},
  }};
  std::vector<TextOutput> asked;
  for (const TextOutput& one : all) {
    if (!one.path->empty()) {
      asked.push_back(one);
    }
  }
  return asked;
}

void refuse_shared(const std::vector<TextOutput>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::string& a = *outputs[j].path;
      const std::string& b = *outputs[i].path;
      if (a == "-" && b == "-") {
        throw Error(ErrorCode::usage, "only one output can go to stdout ('-')");
      }
      if (a != "-" && b != "-" && are_one_file(a, b)) {
        throw Error(ErrorCode::usage,
                    fmt::format("{} and {} are the same file, '{}'", outputs[j].option,
                                outputs[i].option, printable(b)));
      }
    }
  }
}

// Everything to write, begun before the long work so that an unwritable place is known at once.
class Outputs {
 public:
  explicit Outputs(const ExportArguments& arguments)
      : arguments_(arguments), texts_(text_outputs_of(arguments)) {
    if (texts_.empty() && arguments.tensorboard.empty()) {
      throw Error(ErrorCode::usage,
                  "nothing to write; give --tensorboard, --mlflow, --long-csv or --wide-csv");
    }
    refuse_shared(texts_);
    for (const TextOutput& one : texts_) {
      std::optional<AtomicFile>& file = files_.emplace_back();
      if (*one.path != "-") {
        refuse_clash(*one.path, {.files = arguments.reports, .why = "is a report"});
        file.emplace(output_file(*one.path));
      }
    }
    if (!arguments.tensorboard.empty()) {
      events_.emplace(arguments.tensorboard);
    }
  }

  /// Files, and what goes to stdout. Throws Error{io}.
  void write(const report::Report& report, const Messages& messages) {
    std::string told;
    std::optional<std::string> result;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      std::string to_stdout;
      const report::Exported done =
          texts_[i].write(report, arguments_.choice, [&](std::string_view text) {
            files_[i] ? files_[i]->append(text) : void(to_stdout += text);
          });
      if (files_[i]) {
        told += counted(*texts_[i].path, done.numbers);
      } else {
        result = texts_[i].for_log(std::move(to_stdout));
      }
    }
    told += write_events(report, messages);
    for (std::optional<AtomicFile>& file : files_) {
      if (file) {
        file->commit();
      }
    }
    print_result(result ? *result : text_for_log(std::move(told)));
  }

 private:
  static std::string counted(const std::string& path, std::size_t numbers) {
    return fmt::format("{}: {} number{}\n", printable(path), numbers, numbers == 1 ? "" : "s");
  }

  std::string write_events(const report::Report& report, const Messages& messages) {
    if (!events_) {
      return "";
    }
    const report::Exported done = events_->write(report, arguments_.choice);
    if (done.too_large > 0) {
      messages.warning(
          fmt::format("{}: {} numbers are left out: TensorBoard holds none beyond 3.4e38",
                      printable(arguments_.tensorboard), done.too_large));
    }
    return counted(arguments_.tensorboard, done.numbers);
  }

  const ExportArguments& arguments_;
  std::vector<TextOutput> texts_;
  std::vector<std::optional<AtomicFile>> files_;  // One for each; none where it goes to stdout.
  std::optional<EventFiles> events_;
};

ExitStatus export_reports(const ExportArguments& arguments) {
  const Messages messages(arguments.quiet);
  refuse_repeated(arguments.reports);
  const Work work(arguments.work);
  Outputs outputs(arguments);
  warn_of_risks(arguments.safety, messages);
  const report::Report report = join_reports(arguments.reports, [&](const std::string& path) {
    return load_report(path, arguments.series, limits_of(arguments.safety), work, messages,
                       arguments.most_values);
  });
  const Troubles troubles = troubles_of(report);
  tell(report, troubles, ScheduleShown::no, messages);
  if (!report::holds_any(report, arguments.choice)) {
    print_error(arguments.choice.globs.empty() ? "there is no number in it"
                                               : "no number has a name that matches --metric");
    return ExitStatus::trouble;
  }
  outputs.write(report, messages);
  return incomplete_status(troubles.incomplete, arguments.strict);
}

void add_output_options(CLI::App& app, ExportArguments& arguments) {
  const auto add = [&](const char* name, std::string& target, const char* help, const char* type) {
    app.add_option(name, target, help)->check(is_not_empty())->type_name(type);
  };
  add("--tensorboard", arguments.tensorboard,
      "Write event files here, in a folder for each run; what is there stays", "DIR");
  add("--mlflow", arguments.mlflow,
      "Write a JSON object a line for each number, as mlflow.log_metric takes it; '-' is stdout",
      "FILE");
  add("--long-csv", arguments.long_csv, "Write a table with a row for each number; '-' is stdout",
      "FILE");
  add("--wide-csv", arguments.wide_csv,
      "Write a table with a row for each checkpoint and a column for each number; '-' is stdout",
      "FILE");
  app.add_option("--metric", arguments.choice.globs,
                 "Only numbers whose names match, as the gate names them: 'knowledge_gain', "
                 "'summary.rotation.*', 'scores.*', 'rate'; may be repeated")
      ->check(is_not_empty())
      ->type_name("GLOB")
      ->expected(1)
      ->take_all();
  app.add_flag("--unfoldings", arguments.choice.unfoldings,
               "The numbers of each unfolding, too ('stable_rank@output')");
  app.add_flag("--strict", arguments.strict, "Exit 3 if a report is incomplete");
  app.add_flag("-q,--quiet", arguments.quiet, "No warnings and no progress");
}

constexpr const char* kFooter =
    "Charts lie over the steps of a run where each checkpoint states its step, else over its\n"
    "epochs, else over the places of its checkpoints.\n\n"
    "Examples:\n"
    "  hindcast export report.json --tensorboard logs\n"
    "  hindcast export seed_*.json --long-csv numbers.csv --metric 'knowledge_gain*'\n"
    "  hindcast export report.json --mlflow - --metric 'summary.*.mean'";

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<ExportArguments>();
  app.add_option("REPORT", arguments->reports,
                 "Reports (JSON), or checkpoints to analyse first: files or directories")
      ->type_name("")
      ->required();
  add_output_options(app, *arguments);
  add_series_options(app, arguments->series);
  add_work_options(app, arguments->work);
  add_safety_options(app, arguments->safety);
  add_size_option(app, "--max-report-values", "Values of a report", kMostOfAnything,
                  [arguments](std::uint64_t size) { arguments->most_values = size; })
      ->group("Limits")
      ->default_str(size_text(report::kMostReportValues));
  app.footer(kFooter);
  return [arguments] { return export_reports(*arguments); };
}

}  // namespace

extern const Command export_command;
const Command export_command = {
    .name = "export",
    .summary = "Numbers for TensorBoard and MLflow, or one long or wide table",
    .add = add,
};

}  // namespace hindcast::cli
