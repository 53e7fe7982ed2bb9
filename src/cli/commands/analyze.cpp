// hindcast analyze: the main job.

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "base/atomic_file.hpp"
#include "base/text.hpp"
#include "cli/analyse_runs.hpp"
#include "cli/analyse_shard.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/report_outputs.hpp"
#include "cli/safety.hpp"
#include "cli/series_options.hpp"
#include "cli/shard_option.hpp"
#include "cli/troubles.hpp"
#include "cli/watch/arguments.hpp"
#include "cli/watch/watch.hpp"
#include "cli/work_options.hpp"
#include "metrics/spoken_names.hpp"

namespace hindcast::cli {
namespace {

struct AnalyzeArguments {
  std::vector<std::string> paths;
  SeriesArguments series;
  OutputArguments outputs;
  std::string shard;
  WorkArguments work;
  std::string solver = "auto";
  std::vector<std::string> metrics;
  bool spectra = false;
  SelectionArguments selection;
  ScheduleArguments schedule;
  SafetyArguments safety;
  WatchArguments watch;
};

// Those that were typed, or all.
metrics::MetricSet metrics_of(const AnalyzeArguments& arguments) {
  if (arguments.metrics.empty()) {
    return {};
  }
  const auto asked =
      with_context("--metrics", [&] { return metrics::MetricSet(arguments.metrics); });
  const bool has_exact_gain = arguments.schedule.evbmf == "exact";
  const std::string_view needed = has_exact_gain ? "knowledge_gain" : "knowledge_gain_reference";
  if (arguments.schedule.init_lr && !asked.has(needed)) {
    throw Error(
        ErrorCode::usage,
        fmt::format("--init-lr needs {} among --metrics, which the rates follow from", needed));
  }
  const std::string& sort = arguments.outputs.table.sort;
  const std::string key = metrics::key_meant_by(sort.substr(0, sort.find(':')));
  const std::vector<std::string> measured = asked.keys();
  if (!key.empty() && std::ranges::find(measured, key) == measured.end()) {
    throw Error(ErrorCode::usage, fmt::format("--sort needs {} among --metrics", printable(key)));
  }
  return asked;
}

analysis::AnalysisOptions options_of(const AnalyzeArguments& arguments, const Work& work) {
  analysis::AnalysisOptions options;
  options.solver = arguments.solver == "dense"     ? metrics::SolverChoice::dense
                   : arguments.solver == "partial" ? metrics::SolverChoice::partial
                                                   : metrics::SolverChoice::automatic;
  options.metrics = metrics_of(arguments);
  if (arguments.spectra) {
    options.metrics = options.metrics.with_spectra();
  }
  options.selection = selection_of(arguments.selection);
  options.schedule = schedule_options_of(arguments.schedule);
  options.limits = limits_of(arguments.safety);
  work.apply(options);
  return options;
}

// What must not be written over, least of all a scores.csv by a scores.csv.
Inputs inputs_of(const AnalyzeArguments& arguments) {
  Inputs inputs{.files = {}, .why = "is read with --scores"};
  if (!arguments.series.scores.empty()) {
    inputs.files.push_back(arguments.series.scores);
  }
  return inputs;
}

std::vector<std::string> echoed(const metrics::MetricSet& asked) {
  return asked.is_all() ? std::vector<std::string>() : asked.keys();
}

report::OptionsEcho echo(const AnalyzeArguments& arguments) {
  return {.solver = arguments.solver,
          .metrics = echoed(metrics_of(arguments)),
          .include = arguments.selection.include,
          .exclude = arguments.selection.exclude,
          .layouts = arguments.selection.layouts,
          .kinds = arguments.selection.kinds,
          .min_size = arguments.selection.min_size,
          .split_fused = arguments.selection.split_fused,
          .steps_per_epoch = arguments.schedule.steps_per_epoch,
          .step_from = arguments.series.step_from,
          .one_run = arguments.series.one_run,
          .spectra = arguments.spectra};
}

ExitStatus analyze_whole(const AnalyzeArguments& arguments, const Messages& messages,
                         const Work& work, const analysis::AnalysisOptions& options) {
  ReportOutputs outputs(arguments.outputs, inputs_of(arguments));
  warn_of_risks(arguments.safety, messages);
  const report::Report report =
      analyse_runs(request_of(arguments.paths, arguments.series, options.threads),
                   scores_request_of(arguments.series), options, echo(arguments), messages,
                   work.shows_progress());
  work.tell(messages);
  return deliver(report, outputs, arguments.outputs, messages);
}

// A part is no report: it has no table and no CSV.
void require_part_outputs(const OutputArguments& outputs) {
  if (outputs.json.empty() || outputs.json == "-") {
    throw Error(ErrorCode::usage,
                "--shard needs a file for its part of the report; give --json FILE");
  }
  for (const auto& [is_given, option] :
       {std::pair(!outputs.csv.empty(), "--csv"), std::pair(outputs.verbose, "--verbose"),
        std::pair(!outputs.table.sort.empty(), "--sort"),
        std::pair(outputs.table.top.has_value(), "--top"),
        std::pair(outputs.table.legend, "--legend")}) {
    if (is_given) {
      throw Error(ErrorCode::usage,
                  fmt::format("{} is not for a shard: give it to 'hindcast merge'", option));
    }
  }
}

ExitStatus analyze_shard(const AnalyzeArguments& arguments, const Messages& messages,
                         const Work& work, const analysis::AnalysisOptions& options) {
  const ShardNumber number = parse_shard(arguments.shard);
  require_part_outputs(arguments.outputs);
  refuse_clash(arguments.outputs.json, inputs_of(arguments));
  AtomicFile file = output_file(arguments.outputs.json);
  warn_of_risks(arguments.safety, messages);
  const ShardAnalysis analysis =
      analyse_shard(request_of(arguments.paths, arguments.series, options.threads),
                    scores_request_of(arguments.series), options, echo(arguments), number, messages,
                    work.shows_progress());
  work.tell(messages);
  tell(analysis.told, analysis.troubles, ScheduleShown::no, messages);
  if (analysis.troubles.nothing_read) {
    return ExitStatus::trouble;
  }
  write_json(analysis.part, [&](std::string_view part) { file.append(part); });
  file.commit();
  print_result(text_for_log(analysis.summary + "\n"));
  return incomplete_status(analysis.troubles.incomplete, arguments.outputs.strict);
}

ExitStatus analyze_watched(const AnalyzeArguments& arguments, const Messages& messages,
                           const Work& work, const analysis::AnalysisOptions& options) {
  warn_of_risks(arguments.safety, messages);
  io::SeriesRequest request = request_of(arguments.paths, arguments.series, options.threads);
  const auto analyse = [&](const std::vector<std::filesystem::path>& being_written,
                           const Messages& about) {
    request.being_written = being_written;
    report::Report report = analyse_runs(request, scores_request_of(arguments.series), options,
                                         echo(arguments), about, work.shows_progress());
    work.forget_unused();
    return report;
  };
  const ExitStatus status = watch({.directory = arguments.paths.front(), .analyse = analyse},
                                  arguments.watch, arguments.outputs, inputs_of(arguments));
  work.tell(messages);
  return status;
}

ExitStatus analyze(const AnalyzeArguments& arguments) {
  const Messages messages(arguments.outputs.quiet);
  Work work(arguments.work);
  check(arguments.watch);
  if (arguments.watch.watch) {
    require_watchable(arguments.paths, arguments.outputs, arguments.shard);
    work.remember();
  }
  const analysis::AnalysisOptions options = options_of(arguments, work);
  for (const std::string& option : ineffective_options(arguments.schedule)) {
    messages.warning(fmt::format("{} has no effect without --init-lr", option));
  }
  if (arguments.spectra && arguments.outputs.json.empty()) {
    messages.warning("--spectra has no effect without --json");
  }
  if (arguments.watch.watch) {
    return analyze_watched(arguments, messages, work, options);
  }
  return arguments.shard.empty() ? analyze_whole(arguments, messages, work, options)
                                 : analyze_shard(arguments, messages, work, options);
}

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<AnalyzeArguments>();
  app.add_option("PATH", arguments->paths,
                 "Checkpoint files, a directory with one run, or a directory of runs")
      ->type_name("")
      ->required();
  add_work_options(app, arguments->work);
  app.add_option("--solver", arguments->solver,
                 "dense: every singular value; partial: only as many as needed; auto: dense, but "
                 "for matrices too large for it")
      ->check(is_one_of({"auto", "dense", "partial"}))
      ->type_name("auto|dense|partial")
      ->capture_default_str();
  app.add_option("--metrics", arguments->metrics,
                 "Measure these only, which is faster where they do not need every singular value: "
                 "NAME,... of those in the report, such as rotation,stable_rank")
      ->delimiter(',')
      ->check(is_not_empty())
      ->type_name("NAME,...");
  app.add_flag("--spectra", arguments->spectra,
               "Keep the singular values in the JSON, for 'hindcast report' to draw: some 20 bytes "
               "for each, and at every checkpoint a matrix has as many as its shorter side");
  add_series_options(app, arguments->series);
  add_output_options(app, arguments->outputs);
  app.add_option("--shard", arguments->shard,
                 "Do only the K-th of N equal shares of the work, and write it to --json FILE as a "
                 "part for 'hindcast merge'")
      ->check(is_not_empty())
      ->type_name("K/N");
  add_selection_options(app, arguments->selection);
  add_schedule_options(app, arguments->schedule);
  add_watch_options(app, arguments->watch);
  add_safety_options(app, arguments->safety);
  app.footer(
      "The rates are those RMSGD would have prescribed for these weights, in an open loop.\n\n"
      "Examples:\n"
      "  hindcast analyze runs/my_run\n"
      "  hindcast analyze runs/my_run --init-lr 0.05 --linear --json report.json --csv tables\n"
      "  hindcast analyze runs/my_run --init-lr 0.05 --scores accuracy.csv\n"
      "  hindcast analyze runs/my_run --spectra --json report.json\n"
      "  hindcast analyze epoch_*.h5 --init pretrained.h5 --layout 'decoder.*=IOHW'\n"
      "  hindcast analyze runs --shard 3/8 --json part_3.json\n"
      "  hindcast analyze runs/my_run --watch --watch-idle 3600 --json report.json --cache cache");
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
