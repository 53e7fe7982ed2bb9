// hindcast correlate: which metric goes with the score, over runs and within them?

#include "correlate/correlate.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "analysis/rescore.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/join_reports.hpp"
#include "cli/load_report.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/report_values_option.hpp"
#include "cli/result_files.hpp"
#include "cli/safety.hpp"
#include "cli/same_file.hpp"
#include "cli/series_options.hpp"
#include "cli/troubles.hpp"
#include "cli/work_options.hpp"
#include "correlate/writers.hpp"

namespace hindcast::cli {
namespace {

struct CorrelateArguments {
  std::vector<std::string> reports;
  correlate::Options options;
  std::string coefficient = "spearman";
  std::int64_t permutations = 9999;
  std::int64_t seed = 1;
  std::int64_t top = 10;
  std::uint64_t most_values = report::kMostReportValues;
  std::string json;
  std::string csv;
  SeriesArguments series;
  WorkArguments work;
  SafetyArguments safety;
  bool strict = false;
  bool quiet = false;
};

correlate::Options options_of(const CorrelateArguments& arguments) {
  correlate::Options options = arguments.options;
  if (!(options.alpha > 0.0 && options.alpha < 1.0)) {
    throw Error(ErrorCode::usage, "--alpha: must be above 0 and below 1");
  }
  constexpr std::int64_t kMostPermutations = 100'000'000;
  if (arguments.permutations < 1 || arguments.permutations > kMostPermutations) {
    throw Error(ErrorCode::usage,
                fmt::format("--permutations: must be from 1 to {}", kMostPermutations));
  }
  if (arguments.seed < 0) {
    throw Error(ErrorCode::usage, "--seed: must not be negative");
  }
  if (arguments.top < 1) {
    throw Error(ErrorCode::usage, "--top: must be at least 1");
  }
  options.threads = threads_of(arguments.work.threads);
  for (const statistics::Coefficient one : statistics::kCoefficients) {
    options.judged = statistics::name(one) == arguments.coefficient ? one : options.judged;
  }
  options.permutations.draws = static_cast<std::uint64_t>(arguments.permutations);
  options.permutations.seed = static_cast<std::uint64_t>(arguments.seed);
  for (std::string& glob : options.metrics) {  // As a policy of the gate writes it.
    constexpr std::string_view kSummary = "summary.";
    glob = glob.starts_with(kSummary) ? glob.substr(kSummary.size()) : glob;
  }
  return options;
}

using Outputs = ResultFiles<correlate::CorrelationReport>;

Outputs outputs_of(const CorrelateArguments& arguments) {
  std::vector<NamedPath> read = {{"--scores", arguments.series.scores}};
  for (const std::string& report : arguments.reports) {
    read.push_back({"REPORT", report});
  }
  return {read,
          {{{"--json", arguments.json}, correlate::to_json, json_for_log},
           {{"--csv", arguments.csv}, correlate::to_csv, text_for_log}}};
}

void write(const correlate::CorrelationReport& result, Outputs& outputs,
           const CorrelateArguments& arguments) {
  outputs.write_files(result);
  const std::optional<std::string> for_program = outputs.for_stdout(result);
  const auto top = static_cast<std::size_t>(arguments.top);
  print_result(for_program ? *for_program : text_for_log(correlate::to_table(result, top)));
}

// Scores given with --scores are put in later, of all reports at once.
report::Report loaded(const std::string& path, const CorrelateArguments& arguments,
                      const Work& work, const Messages& messages) {
  SeriesArguments series = arguments.series;
  std::error_code unknown;
  series.no_scores = !series.scores.empty() && std::filesystem::is_directory(path, unknown);
  series.scores.clear();
  return load_report(path, series, limits_of(arguments.safety), work, messages,
                     arguments.most_values);
}

void require_scores(const report::Report& report, const std::string& table) {
  std::vector<std::string> names;
  for (const report::RunReport& run : report.runs) {
    if (std::ranges::any_of(run.checkpoints, [](const report::CheckpointReport& checkpoint) {
          return !checkpoint.scores.empty();
        })) {
      return;
    }
    names.push_back(printable(run.name));
  }
  throw Error(ErrorCode::malformed, fmt::format("{}: none of its rows is of a checkpoint of {}",
                                                printable(table), join(names, ", ")));
}

report::Report load_all(const CorrelateArguments& arguments, const Messages& messages) {
  const Work work(arguments.work);
  report::Report all = join_reports(arguments.reports, [&](const std::string& path) {
    return loaded(path, arguments, work, messages);
  });
  // The same result whatever the order of the arguments.
  std::ranges::stable_sort(all.runs, natural_less, &report::RunReport::name);
  if (!arguments.series.scores.empty()) {
    analysis::rescore(all, arguments.series.scores);
    require_scores(all, arguments.series.scores);
  }
  return all;
}

ExitStatus correlate_reports(const CorrelateArguments& arguments) {
  const Messages messages(arguments.quiet);
  const correlate::Options options = options_of(arguments);
  refuse_repeated(arguments.reports);
  Outputs outputs = outputs_of(arguments);
  warn_of_risks(arguments.safety, messages);
  const report::Report report = load_all(arguments, messages);
  const Troubles troubles = troubles_of(report);
  tell(report, troubles, ScheduleShown::no, messages);
  const correlate::CorrelationReport result = correlate::correlate(report, options);
  for (const std::string& warning : result.warnings) {
    messages.warning(warning);
  }
  for (const auto which :
       {correlate::Contradiction::established, correlate::Contradiction::possible}) {
    if (const std::string line = correlate::paradox_line(result, which); !line.empty()) {
      messages.warning(line);
    }
  }
  write(result, outputs, arguments);
  if (result.across.tried + result.within.tried == 0) {
    print_error("too little data: no coefficient of any metric could be computed");
    return ExitStatus::trouble;
  }
  return incomplete_status(troubles.incomplete, arguments.strict);
}

void add_test_options(CLI::App& app, CorrelateArguments& arguments) {
  app.add_option("--coefficient", arguments.coefficient,
                 "The coefficient by which metrics are judged; the others are only told")
      ->check(is_one_of({"pearson", "spearman", "kendall"}))
      ->type_name("pearson|spearman|kendall")
      ->capture_default_str();
  app.add_option("--alpha", arguments.options.alpha,
                 "The chance of any false flag in a view that is put up with")
      ->check(is_number())
      ->type_name("X")
      ->capture_default_str();
  app.add_option("--permutations", arguments.permutations,
                 "Arrangements to draw where there are more than 50000, which are all tried")
      ->check(is_whole_number())
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "What they are drawn by")
      ->check(is_whole_number())
      ->type_name("N")
      ->capture_default_str();
}

void add_output_options(CLI::App& app, CorrelateArguments& arguments) {
  app.add_option("--top", arguments.top, "Metrics shown of each view")
      ->check(is_whole_number())
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--json", arguments.json,
                 "Write all of them as JSON; '-' is stdout, in place of the table")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_option("--csv", arguments.csv,
                 "Write a row for each metric, view and coefficient; '-' is stdout")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_flag("--strict", arguments.strict, "Exit 3 if a report is incomplete");
  app.add_flag("-q,--quiet", arguments.quiet, "No warnings and no progress");
}

constexpr const char* kFooter =
    "Across runs the rows are runs, each at its last checkpoint with a score; p is the share of\n"
    "the orders of the runs that give a coefficient as far from 0. Within runs the coefficient is\n"
    "the mean of the runs' own, weighted by their checkpoints less one; p is the same share over\n"
    "shifts of each run's scores in time, which keep what neighbouring checkpoints have in "
    "common.\n"
    "The corrected p is Holm's for all metrics of the view: name those you ask about (--metric)\n"
    "before you look, and fewer have to be corrected for. Intervals are of 95 %, by Fisher's z;\n"
    "within runs the wider of that and of how far the runs lie apart; of a single run it takes\n"
    "checkpoints for independent, and is too narrow.\n\n"
    "Examples:\n"
    "  hindcast correlate runs.json --metric 'knowledge_gain*' --metric rotation.mean\n"
    "  hindcast correlate seed_1.json seed_2.json seed_3.json --score val_accuracy\n"
    "  hindcast correlate runs.json --scores accuracy.csv --json correlations.json";

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<CorrelateArguments>();
  app.add_option("REPORT", arguments->reports,
                 "Reports (JSON), or checkpoints to analyse first: files or directories")
      ->type_name("")
      ->required();
  app.add_option("--score", arguments->options.score,
                 "The score (default: an accuracy on data that was held out, else what comes "
                 "nearest to it by its name)")
      ->check(is_not_empty())
      ->type_name("NAME");
  app.add_option("--scores", arguments->series.scores,
                 "A CSV table of scores, with a column step, epoch or checkpoint, and a column run "
                 "where there are several; in place of those of the reports")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_option("--metric", arguments->options.metrics,
                 "Only metrics of the summary whose names match; may be repeated")
      ->check(is_not_empty())
      ->type_name("GLOB")
      ->allow_extra_args(false);
  add_test_options(app, *arguments);
  add_output_options(app, *arguments);
  add_run_options(app, arguments->series);
  add_work_options(app, arguments->work);
  add_safety_options(app, arguments->safety);
  add_report_values_option(app, arguments->most_values);
  app.footer(kFooter);
  return [arguments] { return correlate_reports(*arguments); };
}

}  // namespace

extern const Command correlate_command;
const Command correlate_command = {
    .name = "correlate",
    .summary = "Which metric goes with accuracy, over runs and within them, and is it luck",
    .add = add,
};

}  // namespace hindcast::cli
