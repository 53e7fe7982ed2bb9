// hindcast export: the numbers of reports, as other tools read them.

#include <cstddef>
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

struct ExportArguments {
  std::vector<std::string> reports;
  std::string tensorboard;
  // Where each of text_exports() goes; empty: nowhere.
  std::vector<std::string> texts = std::vector<std::string>(report::text_exports().size());
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
  const report::TextExport* how = nullptr;
  const std::string* path = nullptr;
};

std::vector<TextOutput> text_outputs_of(const ExportArguments& arguments) {
  std::vector<TextOutput> asked;
  for (std::size_t i = 0; i < arguments.texts.size(); ++i) {
    if (!arguments.texts[i].empty()) {
      asked.push_back({.how = report::text_exports()[i], .path = &arguments.texts[i]});
    }
  }
  return asked;
}

std::string for_log(const report::TextExport& how, std::string text) {
  return how.is_json ? json_for_log(std::move(text)) : text_for_log(std::move(text));
}

[[noreturn]] void refuse_none() {
  std::string options = "--tensorboard";
  for (const report::TextExport* const one : report::text_exports()) {
    options += one == report::text_exports().back() ? " or " : ", ";
    options += one->option;
  }
  throw Error(ErrorCode::usage, fmt::format("nothing to write; give {}", options));
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
                    fmt::format("{} and {} are the same file, '{}'", outputs[j].how->option,
                                outputs[i].how->option, printable(b)));
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
      refuse_none();
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
          texts_[i].how->write(report, arguments_.choice, [&](std::string_view text) {
            files_[i] ? files_[i]->append(text) : void(to_stdout += text);
          });
      if (files_[i]) {
        told += counted(*texts_[i].path, done.numbers);
      } else {
        result = for_log(*texts_[i].how, std::move(to_stdout));
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
  const auto add = [&](std::string_view name, std::string& target, std::string_view help,
                       const char* type) {
    app.add_option(std::string(name), target, std::string(help))
        ->check(is_not_empty())
        ->type_name(type);
  };
  add("--tensorboard", arguments.tensorboard,
      "Write event files here, in a folder for each run; what is there stays", "DIR");
  for (std::size_t i = 0; i < arguments.texts.size(); ++i) {
    const report::TextExport& one = *report::text_exports()[i];
    add(one.option, arguments.texts[i], one.help, "FILE");
  }
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
