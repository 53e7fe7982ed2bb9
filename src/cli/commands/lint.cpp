// hindcast lint: is a series of checkpoints what it claims to be?

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "analysis/lint_run.hpp"
#include "base/atomic_file.hpp"
#include "base/text.hpp"
#include "cli/analyse_runs.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/progress.hpp"
#include "cli/safety.hpp"
#include "cli/series_options.hpp"
#include "cli/troubles.hpp"
#include "lint/writers.hpp"

namespace hindcast::cli {
namespace {

struct LintArguments {
  std::vector<std::string> paths;
  SeriesArguments series;
  SelectionArguments selection;
  SafetyArguments safety;
  std::string json;
  std::string fail_on = "warning";
  std::optional<std::int64_t> threads;
  bool explain = false;
  bool strict = false;
  bool quiet = false;
};

lint::Severity severity_of(const std::string& name) {
  return name == "error"     ? lint::Severity::error
         : name == "warning" ? lint::Severity::warning
                             : lint::Severity::note;
}

lint::RunFindings failed_run(const std::string& name, const Error& error) {
  lint::RunFindings run{.name = name};
  lint::Finding finding{.kind = lint::Kind::unread_checkpoint, .severity = lint::Severity::note};
  finding.at = {.checkpoint = name, .path = name};
  finding.evidence = printable_line(error.what());
  run.findings.push_back(std::move(finding));
  return run;
}

lint::LintReport lint_runs(const LintArguments& arguments, const analysis::AnalysisOptions& options,
                           const Messages& messages) {
  ProgressDisplay display(messages, false);
  const auto progress = [&](const analysis::RunProgress& state) {
    display.show({.checkpoints = state.done, .checkpoints_in_all = state.total});
  };
  lint::LintReport report;
  const std::vector<io::CheckpointSeries> all =
      io::discover(request_of(arguments.paths, arguments.series, options.threads), options.limits);
  std::optional<Error> first_failure;
  std::size_t failed = 0;
  for (const io::CheckpointSeries& series : all) {
    try {
      report.runs.push_back(analysis::lint_run(series, options, progress));
    } catch (const Error& error) {
      // An option that does not fit one run (--layout) must not stop the others.
      first_failure = first_failure ? first_failure : error;
      ++failed;
      report.runs.push_back(failed_run(series.name, error));
    }
    display.clear();
  }
  if (first_failure && failed == all.size()) {
    throw Error(*first_failure);
  }
  return report;
}

bool is_unread(const lint::Finding& finding) {
  return finding.kind == lint::Kind::unread_checkpoint;
}

bool is_incomplete(const lint::RunFindings& run) {
  return std::ranges::any_of(run.findings, is_unread) || (run.layers == 0 && run.checkpoints > 0);
}

// Says what is wrong with the files, as errors where it is why there is nothing to judge.
void tell(const lint::LintReport& report, bool is_fatal, const Messages& messages) {
  for (const lint::RunFindings& run : report.runs) {
    const std::string prefix =
        report.runs.size() == 1 ? "" : fmt::format("run '{}': ", printable(run.name));
    for (const lint::Finding& finding : run.findings) {
      if (is_unread(finding)) {
        const bool is_whole_run = finding.at.path == run.name;
        messages.trouble(fmt::format("{}{}: {}", is_whole_run ? "" : prefix,
                                     printable(finding.at.path), finding.evidence),
                         is_fatal);
      }
    }
    for (const std::string& warning : run.warnings) {
      messages.warning(prefix + warning);
    }
    if (run.checkpoints > 0 && run.layers == 0) {
      messages.trouble(
          fmt::format("{}no layer to follow in {} checkpoints",
                      prefix.empty() ? printable(run.name) + ": " : prefix, run.checkpoints),
          is_fatal);
    }
  }
}

bool fails(const lint::LintReport& report, lint::Severity least) {
  return std::ranges::any_of(report.runs, [&](const lint::RunFindings& run) {
    return std::ranges::any_of(run.findings, [&](const lint::Finding& finding) {
      return finding.severity <= least && !is_unread(finding);
    });
  });
}

ExitStatus lint(const LintArguments& arguments) {
  if (arguments.explain) {
    print_result(lint::explain_kinds());
    return ExitStatus::ok;
  }
  if (arguments.paths.empty()) {
    throw Error(ErrorCode::usage, "PATH is required; see 'hindcast lint --help'");
  }
  const Messages messages(arguments.quiet);
  analysis::AnalysisOptions options;
  options.selection = selection_of(arguments.selection);
  options.limits = limits_of(arguments.safety);
  options.threads = threads_of(arguments.threads);
  std::optional<AtomicFile> file;
  if (!arguments.json.empty() && arguments.json != "-") {
    file.emplace(output_file(arguments.json));
  }
  warn_of_risks(arguments.safety, messages);

  const lint::LintReport report = lint_runs(arguments, options, messages);
  const bool nothing_read = std::ranges::none_of(
      report.runs, [](const lint::RunFindings& run) { return run.checkpoints > 0; });
  const bool nothing_judged = std::ranges::none_of(
      report.runs, [](const lint::RunFindings& run) { return run.layers + run.other_tensors > 0; });
  tell(report, nothing_judged, messages);
  if (!nothing_read) {
    if (file) {
      file->commit(lint::to_json(report));
    }
    print_result(arguments.json == "-" ? json_for_log(lint::to_json(report))
                                       : text_for_log(lint::to_table(report)));
  }
  if (nothing_judged) {
    return ExitStatus::trouble;
  }
  if (fails(report, severity_of(arguments.fail_on))) {
    return ExitStatus::gate_failed;
  }
  return incomplete_status(std::ranges::any_of(report.runs, is_incomplete), arguments.strict);
}

constexpr const char* kFooter =
    "The weights are read once and compared by hashes and sketches; no spectrum is computed.\n"
    "Which of two equal checkpoints is the copy, and what is out of place, the path of the\n"
    "training tells, whatever its speed: schedules, warm-up and uneven steps are no findings.\n\n"
    "Severities: error, the series is not what it claims to be; warning, something in it does not\n"
    "work or was left out of the training; note, often meant so. What could not be read is a "
    "note.\n"
    "--explain lists the kinds. Frozen layers that are meant so: --exclude them.\n\n"
    "Exit status of this command: 0 nothing of the severity of --fail-on or worse; 1 something;\n"
    "2 nothing could be judged; 3 with --strict, as 0 but something could not be read.\n\n"
    "Examples:\n"
    "  hindcast lint runs/my_run\n"
    "  hindcast lint runs --fail-on error --json lint.json\n"
    "  hindcast lint final.safetensors --init pretrained.safetensors";

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<LintArguments>();
  app.add_option("PATH", arguments->paths,
                 "Checkpoint files, a directory with one run, or a directory of runs")
      ->type_name("");
  add_threads_option(app, arguments->threads, "Tensors read at a time (default: all cores)");
  app.add_option("--fail-on", arguments->fail_on, "The least severity that makes the exit status 1")
      ->check(is_one_of({"note", "warning", "error"}))
      ->type_name("note|warning|error")
      ->capture_default_str();
  app.add_flag("--explain", arguments->explain, "Say what each kind of finding means, and exit");
  add_series_options(app, arguments->series);
  app.add_option("--json", arguments->json,
                 "Write the findings as JSON; '-' is stdout, in place of the table")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_flag("--strict", arguments->strict,
               "Exit 3 if any checkpoint or tensor could not be read");
  app.add_flag("-q,--quiet", arguments->quiet, "No warnings and no progress");
  add_filter_options(app, arguments->selection);
  add_safety_options(app, arguments->safety);
  app.footer(kFooter);
  return [arguments] { return lint(*arguments); };
}

}  // namespace

extern const Command lint_command;
const Command lint_command = {
    .name = "lint",
    .summary = "Is a series what it claims to be: copies, swaps, resets, frozen layers, NaN",
    .add = add,
};

}  // namespace hindcast::cli
