// hindcast gate: judges a report, and the exit status is the answer.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/atomic_file.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/cli/standard_streams.hpp"
#include "hindcast/gate/judge.hpp"
#include "hindcast/gate/parse_rule.hpp"
#include "hindcast/gate/policy.hpp"
#include "hindcast/gate/writers.hpp"

#include "base/json_document.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/load_report.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/safety.hpp"
#include "cli/same_file.hpp"
#include "cli/series_options.hpp"
#include "cli/size_text.hpp"
#include "cli/troubles.hpp"
#include "cli/work_options.hpp"

namespace hindcast::cli {
namespace {

// GitHub takes 65536 characters in a comment.
constexpr std::size_t kMostCommentBytes = 65'000;

struct GateArguments {
  std::string report;
  std::string policy;
  std::string baseline;
  std::vector<std::string> rules;
  std::uint64_t most_values = report::kMostReportValues;
  std::string json;
  std::string junit;
  std::string markdown;
  SafetyArguments safety;
  WorkArguments work;
  SeriesArguments series;
  bool explain = false;
  bool exit_zero = false;
  bool strict = false;
  bool quiet = false;
};

gate::Rule rule_of(const std::vector<std::string>& texts, std::size_t index) {
  try {
    return gate::parse_rule(texts[index]);
  } catch (const gate::RuleError& error) {
    const std::string which = texts.size() == 1 ? "" : fmt::format(" {}", index + 1);
    throw Error(error.code(),
                fmt::format("--rule{}: column {}: {}", which,
                            position_at(texts[index], error.offset()).column, error.what()));
  }
}

std::vector<gate::Rule> rules_of(const GateArguments& arguments) {
  std::vector<gate::Rule> rules;
  if (!arguments.policy.empty()) {
    const std::string text = read_text(arguments.policy);
    rules = with_context(printable(arguments.policy), [&] { return gate::read_policy(text); });
  }
  for (std::size_t i = 0; i < arguments.rules.size(); ++i) {
    rules.push_back(rule_of(arguments.rules, i));
  }
  if (rules.empty()) {
    throw Error(ErrorCode::usage,
                "nothing to judge by; give --policy FILE or --rule 'min(rotation) >= 0.3'");
  }
  return rules;
}

// A file must not be written twice, and what is read must not be written over.
void refuse_clashes(const GateArguments& arguments) {
  using Named = std::pair<std::string_view, const std::string*>;
  std::vector<Named> taken = {{"REPORT", &arguments.report},
                              {"--policy", &arguments.policy},
                              {"--baseline", &arguments.baseline},
                              {"--init", &arguments.series.initial},
                              {"--scores", &arguments.series.scores}};
  for (const Named& output : {Named("--json", &arguments.json), Named("--junit", &arguments.junit),
                              Named("--markdown", &arguments.markdown)}) {
    if (output.second->empty() || *output.second == "-") {
      continue;
    }
    for (const Named& other : taken) {
      if (!other.second->empty() && are_one_file(*output.second, *other.second)) {
        throw Error(ErrorCode::usage, fmt::format("{} and {} are the same file, '{}'", other.first,
                                                  output.first, printable(*output.second)));
      }
    }
    taken.push_back(output);
  }
}

// One of the formats that go to a file.
struct Output {
  const std::string& path;
  std::string (*write)(const gate::GateResult& result);
  std::string (*for_log)(std::string text);
  std::optional<AtomicFile> file = {};
};

// The files to write, made before the long work so that an unwritable place is known at once.
class Outputs {
 public:
  explicit Outputs(const GateArguments& arguments) {
    refuse_clashes(arguments);
    outputs_.push_back({.path = arguments.json, .write = gate::to_json, .for_log = json_for_log});
    outputs_.push_back({.path = arguments.junit, .write = gate::to_junit, .for_log = xml_for_log});
    outputs_.push_back({.path = arguments.markdown,
                        .write =
                            [](const gate::GateResult& result) {
                              return gate::to_markdown(result, kMostCommentBytes);
                            },
                        .for_log = xml_for_log});
    for (Output& output : outputs_) {
      if (output.path == "-") {
        if (on_stdout_ != nullptr) {
          throw Error(ErrorCode::usage, "only one output can go to stdout ('-')");
        }
        on_stdout_ = &output;
      } else if (!output.path.empty()) {
        output.file.emplace(output_file(output.path));
      }
    }
  }
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;
  Outputs(Outputs&&) = delete;
  Outputs& operator=(Outputs&&) = delete;
  ~Outputs() = default;

  void write(const gate::GateResult& result, const Messages& messages) {
    write_files(result);
    write_stdout(result);
    write_summary(result, messages);
  }

  // In place of verdicts, so that nobody takes those of an earlier run for ours.
  void write_error(const std::string& error, const Messages& messages) {
    gate::GateResult result;
    result.error = error;
    try {
      write_files(result);
    } catch (const Error& failure) {
      messages.warning(failure.what());
    }
    if (runs_in_github_actions()) {
      print_to_stderr(gate::to_github_commands(result));
    }
    write_summary(result, messages);
  }

 private:
  void write_files(const gate::GateResult& result) {
    for (Output& output : outputs_) {
      if (output.file) {
        output.file->commit(output.write(result));
      }
    }
  }

  // GitHub reads commands from both streams, so what a program is to parse stays clean.
  void write_stdout(const gate::GateResult& result) const {
    const bool annotated = runs_in_github_actions();
    const std::string commands = annotated ? gate::to_github_commands(result) : "";
    if (on_stdout_ != nullptr) {
      print_result(on_stdout_->for_log(on_stdout_->write(result)));
      print_to_stderr(commands);
    } else {
      print_result(text_for_log(gate::to_table(result)) + commands);
    }
  }

  // The verdict stands without it.
  static void write_summary(const gate::GateResult& result, const Messages& messages) {
    constexpr std::size_t kLeast = 1000;
    const std::optional<std::string> path = github_step_summary();
    if (!path) {
      return;
    }
    try {
      const std::size_t room = room_in_summary(*path);
      if (room < kLeast) {
        messages.warning("the step's summary is full; nothing was added to it");
      } else {
        append_to(*path, gate::to_markdown(result, room));
      }
    } catch (const Error& error) {
      messages.warning(error.what());
    }
  }

  std::vector<Output> outputs_;
  const Output* on_stdout_ = nullptr;
};

// Could everything be judged but for values that were not measured?
bool only_unmeasured(const gate::GateResult& result) {
  return std::ranges::all_of(result.rules, [](const gate::RuleResult& rule) {
    return std::ranges::all_of(rule.findings, [](const gate::Finding& finding) {
      return finding.cause == gate::Cause::none || finding.cause == gate::Cause::not_measured;
    });
  });
}

bool anything_judged(const gate::GateResult& result) {
  return std::ranges::any_of(result.rules, [](const gate::RuleResult& rule) {
    return std::ranges::any_of(rule.findings, [](const gate::Finding& finding) {
      return finding.verdict != gate::Verdict::could_not_judge;
    });
  });
}

// A failure outranks what could not be judged, which is never 0 unless asked for.
ExitStatus status_of(const gate::GateResult& result, bool incomplete, bool strict) {
  switch (result.verdict()) {
    case gate::Verdict::pass:
      return incomplete_status(incomplete, strict);
    case gate::Verdict::fail:
      return ExitStatus::gate_failed;
    case gate::Verdict::could_not_judge:
      break;
  }
  return strict && only_unmeasured(result) && anything_judged(result) ? ExitStatus::incomplete
                                                                      : ExitStatus::trouble;
}

report::Report loaded(const std::string& path, const GateArguments& arguments, const Work& work,
                      const Messages& messages) {
  report::Report report = load_report(path, arguments.series, limits_of(arguments.safety), work,
                                      messages, arguments.most_values);
  tell(report, troubles_of(report), ScheduleShown::no, messages);
  return report;
}

struct Judged {
  gate::GateResult result;
  bool incomplete = false;
};

Judged judge(const GateArguments& arguments, const Messages& messages) {
  const std::vector<gate::Rule> rules = rules_of(arguments);
  if (arguments.report.empty()) {
    throw Error(ErrorCode::usage, "REPORT is required; see 'hindcast gate --help'");
  }
  warn_of_risks(arguments.safety, messages);
  const Work work(arguments.work);
  const report::Report report = loaded(arguments.report, arguments, work, messages);
  std::optional<report::Report> baseline;
  if (!arguments.baseline.empty()) {
    baseline = loaded(arguments.baseline, arguments, work, messages);
  }
  return {.result = gate::judge(rules, report, baseline ? &*baseline : nullptr),
          .incomplete = troubles_of(report).incomplete};
}

ExitStatus judge_and_write(const GateArguments& arguments) {
  const Messages messages(arguments.quiet);
  Outputs outputs(arguments);
  Judged judged;
  try {
    judged = judge(arguments, messages);
  } catch (const Error& error) {
    outputs.write_error(error.what(), messages);
    throw;
  }
  outputs.write(judged.result, messages);
  const bool strict = arguments.strict && !arguments.exit_zero;
  const ExitStatus status = status_of(judged.result, judged.incomplete, strict);
  return arguments.exit_zero ? ExitStatus::ok : status;
}

ExitStatus explain_rules(const GateArguments& arguments) {
  std::string text;
  for (const gate::Rule& rule : rules_of(arguments)) {
    text += explain(rule) + '\n';
  }
  print_result(text_for_log(text));
  return ExitStatus::ok;
}

ExitStatus gate(const GateArguments& arguments) {
  return arguments.explain ? explain_rules(arguments) : judge_and_write(arguments);
}

void add_output_options(CLI::App& app, GateArguments& arguments) {
  const auto add = [&app](const char* name, std::string& target, const char* help) {
    app.add_option(name, target, help)->check(is_not_empty())->type_name("FILE");
  };
  add("--json", arguments.json,
      "Write the verdicts as JSON; '-' is stdout, in place of the table (so for all three)");
  add("--junit", arguments.junit, "Write the verdicts as JUnit XML");
  add("--markdown", arguments.markdown, "Write the verdicts as Markdown for a comment");
  app.add_flag("--explain", arguments.explain,
               "Say in words what each rule will do, and judge nothing");
  app.add_flag("--exit-zero", arguments.exit_zero, "Exit 0 whatever the verdicts are");
  app.add_flag("--strict", arguments.strict,
               "Exit 3, not 0, if the report is incomplete; 3, not 2, if only some values are "
               "missing");
  app.add_flag("-q,--quiet", arguments.quiet, "No warnings and no progress");
}

constexpr const char* kFooter =
    "A rule is an aggregate of a metric over layers, and what it must be:\n"
    "  each|min|max|mean|weighted_mean|median|count(METRIC, OPTIONS) COMPARISON BOUND\n"
    "  quantile(METRIC, SHARE, OPTIONS) COMPARISON BOUND\n"
    "  METRIC COMPARISON BOUND        of each layer, or a number of the summary\n"
    "  value(METRIC, OPTIONS) COMPARISON BOUND    of a number of the summary\n"
    "METRIC is a name of the report: rotation, stable_rank@output, low_rank.exact.rank,\n"
    "  summary.stable_rank.mean, or scores.val_accuracy of what the training logged, ...\n"
    "OPTIONS: layers=\"GLOB\", kind=conv, runs=\"GLOB\", checkpoints=every, steps=100..500,\n"
    "  epochs=3.., nulls=ignore; several in brackets: layers=[\"conv*\", \"fc1*\"]\n"
    "COMPARISON: >= <= > < ==; BOUND: 0.3, 0.95 * baseline, baseline - 0.1.\n"
    "Several conditions are joined by 'and'. The last checkpoint is judged where none is "
    "chosen.\n\n"
    "Exit status of this command: 0 every rule passed; 1 one failed, whatever else; 2 none failed\n"
    "and one could not be judged: a value or a baseline is missing, or nothing matched; 3 with\n"
    "--strict, as said there. --exit-zero leaves only 2 for what is no verdict; the files named\n"
    "by --json, --junit and --markdown then say why, in place of what an earlier run wrote.\n\n"
    "Examples:\n"
    "  hindcast gate report.json --policy gate.json --junit gate.xml\n"
    "  hindcast gate runs/my_run --rule 'min(rotation) >= 0.3'\n"
    "  hindcast gate new.json --baseline old.json \\\n"
    "    --rule 'mean(knowledge_gain, layers=\"block*.conv*\") >= 0.95 * baseline'";

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<GateArguments>();
  app.add_option("REPORT", arguments->report,
                 "A report (JSON), or checkpoints to analyse first: a file or a directory")
      ->type_name("");
  app.add_option("--policy", arguments->policy, "Rules to judge by, as JSON")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_option("--rule", arguments->rules, "One more rule; may be repeated")
      ->type_name("EXPR")
      ->expected(1)
      ->take_all();
  app.add_option("--baseline", arguments->baseline,
                 "What to compare with: a report, or checkpoints to analyse first")
      ->check(is_not_empty())
      ->type_name("REPORT");
  add_series_options(app, arguments->series);
  add_output_options(app, *arguments);
  add_work_options(app, arguments->work);
  add_safety_options(app, arguments->safety);
  add_size_option(app, "--max-report-values", "Values of a report", kMostOfAnything,
                  [arguments](std::uint64_t size) { arguments->most_values = size; })
      ->group("Limits")
      ->default_str(size_text(report::kMostReportValues));
  app.footer(kFooter);
  return [arguments] { return gate(*arguments); };
}

}  // namespace

extern const Command gate_command;
const Command gate_command = {
    .name = "gate",
    .summary = "Judge a report by rules or against a baseline; the exit status is the answer",
    .add = add,
};

}  // namespace hindcast::cli
