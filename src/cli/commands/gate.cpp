// hindcast gate: judges a report, and the exit status is the answer.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/report/writers.hpp"

#include "base/json_document.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/gate/arguments.hpp"
#include "cli/gate/init_policy.hpp"
#include "cli/gate/outputs.hpp"
#include "cli/gate/update_baseline.hpp"
#include "cli/github_actions.hpp"
#include "cli/load_report.hpp"
#include "cli/options.hpp"
#include "cli/report_values_option.hpp"
#include "cli/same_file.hpp"
#include "gate/judge.hpp"
#include "gate/parse_rule.hpp"
#include "gate/policy.hpp"

namespace hindcast::cli {
namespace {

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

// Two runs differ by something, and nothing says whether that is much.
void check_baselines(const GateArguments& arguments) {
  const std::size_t count = arguments.baselines.size();
  refuse_repeated(arguments.baselines);
  if (count > 1 && count < gate::kLeastBaselines) {
    throw Error(ErrorCode::usage, fmt::format("--baseline: {} baselines say too little of noise; "
                                              "give one, or at least {}",
                                              count, gate::kLeastBaselines));
  }
  for (const std::string& baseline : arguments.baselines) {
    if (count > 1 && are_one_file(arguments.report, baseline)) {
      throw Error(ErrorCode::usage, fmt::format("REPORT is one of the baselines, '{}', and would "
                                                "be judged by itself",
                                                printable(baseline)));
    }
  }
}

gate::NoiseOptions noise_options_of(const GateArguments& arguments) {
  constexpr double kLeastRate = 1e-9;
  constexpr double kMostRate = 0.5;
  gate::NoiseOptions options;
  if (arguments.false_alarms && arguments.deviations) {
    throw Error(ErrorCode::usage, "--false-alarms and --deviations say the same in two ways");
  }
  if ((arguments.false_alarms || arguments.deviations) &&
      arguments.baselines.size() < gate::kLeastBaselines) {
    throw Error(ErrorCode::usage,
                fmt::format("{} needs at least {} baselines, which say what is noise",
                            arguments.deviations ? "--deviations" : "--false-alarms",
                            gate::kLeastBaselines));
  }
  options.false_alarms = arguments.false_alarms.value_or(options.false_alarms);
  options.deviations = arguments.deviations;
  if (!(options.false_alarms >= kLeastRate && options.false_alarms <= kMostRate)) {
    throw Error(ErrorCode::usage, fmt::format("--false-alarms: must be from {} to {}, not {}",
                                              kLeastRate, kMostRate, options.false_alarms));
  }
  constexpr double kMostDeviations = 1e6;
  if (options.deviations &&
      !(*options.deviations > 0.0 && *options.deviations <= kMostDeviations)) {
    throw Error(ErrorCode::usage,
                fmt::format("--deviations: must be above 0 and at most {}, not {}", kMostDeviations,
                            *options.deviations));
  }
  return options;
}

// One training under two names makes noise look smaller than it is.
void warn_of_copies(const std::vector<std::string>& paths,
                    const std::vector<report::Report>& reports, const Messages& messages) {
  std::map<std::string, std::string> known;  // Paths by the digest of what they hold.
  for (std::size_t i = 0; paths.size() > 1 && i < paths.size(); ++i) {
    const std::string text = report::to_json(reports[i]);
    const auto [place, is_new] = known.emplace(sha256(std::as_bytes(std::span(text))), paths[i]);
    if (!is_new) {
      messages.warning(fmt::format(
          "the baselines '{}' and '{}' hold the same numbers: if they are one training, "
          "there is more noise than is allowed for",
          printable(place->second), printable(paths[i])));
    }
  }
}

struct Judged {
  gate::GateResult result;
  bool incomplete = false;
};

Judged judge(const GateArguments& arguments, const Messages& messages) {
  const std::vector<gate::Rule> rules = rules_of(arguments);
  require_report(arguments);
  check_baselines(arguments);
  const gate::NoiseOptions options = noise_options_of(arguments);
  warn_of_risks(arguments.safety, messages);
  const Work work(arguments.work);
  const LoadedReport loaded = load_and_tell(arguments.report, arguments, work, messages);
  std::vector<report::Report> reports;
  for (const std::string& path : arguments.baselines) {
    reports.push_back(load_and_tell(path, arguments, work, messages).report);
  }
  warn_of_copies(arguments.baselines, reports, messages);
  std::vector<const report::Report*> baselines;
  baselines.reserve(reports.size());
  for (const report::Report& report : reports) {
    baselines.push_back(&report);
  }
  return {.result = gate::judge(rules, loaded.report, baselines, options),
          .incomplete = loaded.troubles.incomplete};
}

ExitStatus judge_and_write(const GateArguments& arguments) {
  const Messages messages(arguments.quiet);
  GateOutputs outputs(arguments);
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
  if (!arguments.output.empty() && !arguments.init_policy) {
    throw Error(ErrorCode::usage,
                "--output is where --init-policy writes to; verdicts go to "
                "--json, --junit, --markdown or --openmetrics");
  }
  if (arguments.init_policy && arguments.update_baseline) {
    throw Error(ErrorCode::usage, "--init-policy and --update-baseline are two commands");
  }
  if (arguments.init_policy) {
    return init_policy(arguments);
  }
  if (arguments.update_baseline) {
    return update_baseline(arguments);
  }
  return arguments.explain ? explain_rules(arguments) : judge_and_write(arguments);
}

// Those of which only a verdict takes notice, but for --baseline.
void add_rule_options(CLI::App& app, GateArguments& arguments) {
  const auto add = [&](const char* name, auto& target, const char* help) {
    CLI::Option* const option = app.add_option(name, target, help);
    arguments.judging.push_back(option);
    return option;
  };
  add("--policy", arguments.policy, "Rules to judge by, as JSON")
      ->check(is_not_empty())
      ->type_name("FILE");
  add("--rule", arguments.rules, "One more rule; may be repeated")
      ->type_name("EXPR")
      ->expected(1)
      ->take_all();
  add("--false-alarms", arguments.false_alarms,
      "With several baselines, the chance that is put up with of any failure by noise alone "
      "(default: 0.05)")
      ->check(is_number())
      ->type_name("SHARE");
  add("--deviations", arguments.deviations,
      "In its place: what each comparison may be off, in standard deviations of the baselines")
      ->check(is_number())
      ->type_name("K");
}

void add_output_options(CLI::App& app, GateArguments& arguments) {
  const auto add = [&](const char* name, std::string& target, const char* help) {
    arguments.judging.push_back(
        app.add_option(name, target, help)->check(is_not_empty())->type_name("FILE"));
  };
  add("--json", arguments.json,
      "Write the verdicts as JSON; '-' is stdout, in place of the table (so for all four)");
  add("--junit", arguments.junit, "Write the verdicts as JUnit XML");
  add("--markdown", arguments.markdown, "Write the verdicts as Markdown for a comment");
  add("--openmetrics", arguments.openmetrics,
      "Write verdicts, values and bounds as OpenMetrics text, for GitLab's metrics reports");
  arguments.judging.push_back(app.add_flag(
      "--explain", arguments.explain, "Say in words what each rule will do, and judge nothing"));
  arguments.judging.push_back(
      app.add_flag("--exit-zero", arguments.exit_zero, "Exit 0 whatever the verdicts are"));
  app.add_flag("--strict", arguments.strict,
               "Exit 3, not 0, if the report is incomplete; 3, not 2, if only some values are "
               "missing");
  app.add_flag("-q,--quiet", arguments.quiet, "No warnings and no progress");
}

void add_other_modes(CLI::App& app, GateArguments& arguments) {
  app.add_flag("--init-policy", arguments.init_policy,
               "Judge nothing: write a policy, with comments, that this known-good REPORT passes");
  app.add_option("-o,--output", arguments.output, "Where --init-policy writes to (default: stdout)")
      ->check(is_not_empty())
      ->type_name("FILE");
  app.add_flag("--update-baseline", arguments.update_baseline,
               "Judge nothing: put REPORT in the place of --baseline, and show what changed");
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
    "  epochs=3.., nulls=ignore; several in brackets: layers=[\"conv*\", \"fc1*\"]; or trend=5 "
    "for\n"
    "  the slope over the last 5 checkpoints, trend_by=change, smallest_step or largest_step for\n"
    "  another measure of it\n"
    "COMPARISON: >= <= > < ==; BOUND: 0.3, 0.95 * baseline, baseline - 0.1.\n"
    "Several conditions are joined by 'and'. The last checkpoint is judged where none is "
    "chosen.\n"
    "With three baselines or more (other seeds), 'baseline' is their mean, and what is compared "
    "with it\n"
    "fails only if it is besides further off than chance puts it; how often chance fails the gate\n"
    "is stated.\n\n"
    "Exit status of this command: 0 every rule passed; 1 one failed, whatever else; 2 none failed\n"
    "and one could not be judged: a value or a baseline is missing, or nothing matched; 3 with\n"
    "--strict, as said there. --exit-zero leaves only 2 for what is no verdict; the files named\n"
    "by --json, --junit, --markdown and --openmetrics then say why, in place of what an earlier "
    "run\n"
    "wrote.\n\n"
    "Examples:\n"
    "  hindcast gate report.json --policy gate.json --junit gate.xml\n"
    "  hindcast gate runs/my_run --rule 'min(rotation) >= 0.3'\n"
    "  hindcast gate new.json --baseline old.json \\\n"
    "    --rule 'mean(knowledge_gain, layers=\"block*.conv*\") >= 0.95 * baseline'\n"
    "  hindcast gate new.json --baseline seed_1.json --baseline seed_2.json --baseline seed_3.json "
    "\\\n"
    "    --false-alarms 0.1 --rule 'mean(knowledge_gain) >= baseline'\n"
    "  hindcast gate good.json --init-policy -o gate.json\n"
    "  hindcast gate new.json --baseline old.json --update-baseline";

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<GateArguments>();
  app.add_option("REPORT", arguments->report,
                 "A report (JSON), or checkpoints to analyse first: a file or a directory")
      ->type_name("");
  add_rule_options(app, *arguments);
  app.add_option("--baseline", arguments->baselines,
                 "What to compare with: a report, or checkpoints to analyse first; one, or three "
                 "and more (other seeds), which say what is noise")
      ->check(is_not_empty())
      ->type_name("REPORT")
      ->expected(1)
      ->take_all();
  add_series_options(app, arguments->series);
  add_output_options(app, *arguments);
  add_other_modes(app, *arguments);
  add_work_options(app, arguments->work);
  add_safety_options(app, arguments->safety);
  add_report_values_option(app, arguments->most_values);
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
