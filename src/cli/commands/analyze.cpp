// hindcast analyze: the main job.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "hindcast/base/atomic_file.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/base/output_directory.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/writers.hpp"

#include "cli/analyse_runs.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/safety.hpp"
#include "cli/series_options.hpp"
#include "cli/troubles.hpp"

namespace hindcast::cli {
namespace {

struct AnalyzeArguments {
  std::vector<std::string> paths;
  SeriesArguments series;
  std::string json;
  std::string csv;
  std::optional<std::int64_t> threads;
  std::string solver = "auto";
  SelectionArguments selection;
  ScheduleArguments schedule;
  SafetyArguments safety;
  bool strict = false;
  bool quiet = false;
  bool verbose = false;
};

analysis::AnalysisOptions options_of(const AnalyzeArguments& arguments) {
  analysis::AnalysisOptions options;
  options.solver = arguments.solver == "dense"     ? metrics::SolverChoice::dense
                   : arguments.solver == "partial" ? metrics::SolverChoice::partial
                                                   : metrics::SolverChoice::automatic;
  options.selection = selection_of(arguments.selection);
  options.schedule = schedule_options_of(arguments.schedule);
  options.limits = limits_of(arguments.safety);
  options.threads = threads_of(arguments.threads);
  return options;
}

// The files to write, made before the long work so that an unwritable place is known at once.
class Outputs {
 public:
  explicit Outputs(const AnalyzeArguments& arguments) : json_to_stdout_(arguments.json == "-") {
    if (!arguments.json.empty() && !json_to_stdout_) {
      json_.emplace(output_file(arguments.json));
    }
    if (arguments.csv.empty()) {
      return;
    }
    with_context(printable(arguments.csv) + ": cannot make this directory",
                 [&] { csv_directory_.emplace(arguments.csv); });
    for (const report::CsvFile& file : report::to_csv(report::Report{})) {
      csv_.push_back(output_file(std::filesystem::path(arguments.csv) / file.name));
    }
  }

  void write(const report::Report& report, bool verbose) {
    if (json_) {
      json_->commit(report::to_json(report));
    }
    if (!csv_.empty()) {
      const std::vector<report::CsvFile> files = report::to_csv(report);
      for (std::size_t i = 0; i < files.size(); ++i) {
        csv_[i].commit(files[i].content);
      }
      csv_directory_->keep();
    }
    print_result(json_to_stdout_ ? json_for_log(report::to_json(report))
                                 : text_for_log(report::to_table(report, {.verbose = verbose})));
  }

 private:
  bool json_to_stdout_;
  std::optional<AtomicFile> json_;
  std::optional<OutputDirectory> csv_directory_;  // Before csv_, whose files lie in it.
  std::vector<AtomicFile> csv_;
};

report::OptionsEcho echo(const AnalyzeArguments& arguments) {
  return {.solver = arguments.solver,
          .include = arguments.selection.include,
          .exclude = arguments.selection.exclude,
          .layouts = arguments.selection.layouts,
          .kinds = arguments.selection.kinds,
          .min_size = arguments.selection.min_size,
          .split_fused = arguments.selection.split_fused,
          .steps_per_epoch = arguments.schedule.steps_per_epoch,
          .step_from = arguments.series.step_from,
          .one_run = arguments.series.one_run};
}

ExitStatus analyze(const AnalyzeArguments& arguments) {
  const Messages messages(arguments.quiet);
  const analysis::AnalysisOptions options = options_of(arguments);
  for (const std::string& option : ineffective_options(arguments.schedule)) {
    messages.warning(fmt::format("{} has no effect without --init-lr", option));
  }
  Outputs outputs(arguments);
  warn_of_risks(arguments.safety, messages);
  const report::Report report = analyse_runs(request_of(arguments.paths, arguments.series), options,
                                             echo(arguments), messages);
  const Troubles troubles = troubles_of(report);
  tell(report, troubles, ScheduleShown::yes, messages);
  if (!troubles.nothing_read) {
    outputs.write(report, arguments.verbose);
  }
  if (troubles.nothing_judged) {
    return ExitStatus::trouble;
  }
  return incomplete_status(troubles.incomplete, arguments.strict);
}

void add_output_options(CLI::App& app, AnalyzeArguments& arguments) {
  app.add_option("--json", arguments.json,
                 "Write the report as JSON; '-' is stdout, in place of the table")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_option("--csv", arguments.csv, "Write layers.csv, summary.csv and schedule.csv here")
      ->check(is_not_empty())
      ->type_name("DIR");
  app.add_flag("--strict", arguments.strict,
               "Exit 3 if any checkpoint or tensor could not be read or judged");
  app.add_flag("-q,--quiet", arguments.quiet, "No warnings and no progress");
  app.add_flag("-v,--verbose", arguments.verbose,
               "Every run's layers where there are several runs, and every checkpoint's place");
}

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<AnalyzeArguments>();
  app.add_option("PATH", arguments->paths,
                 "Checkpoint files, a directory with one run, or a directory of runs")
      ->type_name("")
      ->required();
  add_threads_option(app, arguments->threads, "Layers measured at a time (default: all cores)");
  app.add_option("--solver", arguments->solver,
                 "dense: every singular value; partial: only as many as needed; auto: dense, but "
                 "for matrices too large for it")
      ->check(is_one_of({"auto", "dense", "partial"}))
      ->type_name("auto|dense|partial")
      ->capture_default_str();
  add_series_options(app, arguments->series);
  add_output_options(app, *arguments);
  add_selection_options(app, arguments->selection);
  add_schedule_options(app, arguments->schedule);
  add_safety_options(app, arguments->safety);
  app.footer(
      "The rates are those RMSGD would have prescribed for these weights, in an open loop.\n\n"
      "Examples:\n"
      "  hindcast analyze runs/my_run\n"
      "  hindcast analyze runs/my_run --init-lr 0.05 --linear --json report.json --csv tables\n"
      "  hindcast analyze epoch_*.h5 --init pretrained.h5 --layout 'decoder.*=IOHW'");
  return [arguments] { return analyze(*arguments); };
}

}  // namespace

extern const Command analyze_command;
const Command analyze_command = {
    .name = "analyze",
    .summary = "Metrics for every layer of every checkpoint, and the schedule",
    .add = add,
};

}  // namespace hindcast::cli
