// hindcast compare: two reports, checkpoints or runs side by side, the worst change first.

#include "compare/compare.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "analysis/compare_weights.hpp"
#include "base/text.hpp"
#include "cli/checkpoint_places.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/load_report.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/report_values_option.hpp"
#include "cli/result_files.hpp"
#include "cli/safety.hpp"
#include "cli/series_options.hpp"
#include "cli/troubles.hpp"
#include "cli/work_options.hpp"
#include "compare/writers.hpp"

namespace hindcast::cli {
namespace {

constexpr std::size_t kShownRows = 20;  // For people, where --top does not say.

struct CompareArguments {
  std::string a;
  std::string b;
  std::string match = "name";
  std::string checkpoints = "last";
  std::string checkpoint_a;
  std::string checkpoint_b;
  double tolerance = 0.0;
  std::optional<std::int64_t> top;
  std::string json;
  std::string csv;
  std::string markdown;
  std::uint64_t most_values = report::kMostReportValues;
  SafetyArguments safety;
  WorkArguments work;
  SeriesArguments series;
  bool no_weights = false;
  bool exit_code = false;
  bool strict = false;
  bool quiet = false;
};

std::optional<std::size_t> top_of(const CompareArguments& arguments) {
  constexpr std::int64_t kMost = 1'000'000'000;
  if (arguments.top && (*arguments.top < 1 || *arguments.top > kMost)) {
    throw Error(ErrorCode::usage, fmt::format("--top: must be from 1 to {}", kMost));
  }
  return arguments.top ? std::optional(static_cast<std::size_t>(*arguments.top)) : std::nullopt;
}

compare::Options options_of(const CompareArguments& arguments) {
  if (!(arguments.tolerance >= 0.0 && arguments.tolerance < 2.0)) {
    throw Error(ErrorCode::usage, fmt::format("--tolerance: must be at least 0 and below 2, not {}",
                                              arguments.tolerance));
  }
  const bool is_every = arguments.checkpoints == "every";
  if (is_every && !(arguments.checkpoint_a.empty() && arguments.checkpoint_b.empty())) {
    throw Error(ErrorCode::usage,
                "--checkpoints every and --checkpoint-a or --checkpoint-b contradict each other");
  }
  return {.match = arguments.match == "name" ? compare::Match::name : compare::Match::position,
          .moments = is_every ? compare::Moments::every : compare::Moments::last,
          .checkpoint_a = arguments.checkpoint_a,
          .checkpoint_b = arguments.checkpoint_b,
          .tolerance = arguments.tolerance};
}

using Outputs = ResultFiles<compare::Comparison>;

Outputs outputs_of(const CompareArguments& arguments) {
  const std::optional<std::size_t> top = top_of(arguments);
  const auto with_top = [top](const auto& write) {
    return [top, write](const compare::Comparison& comparison) { return write(comparison, top); };
  };
  const auto markdown = [](const compare::Comparison& comparison, std::optional<std::size_t> most) {
    return compare::to_markdown(comparison, most.value_or(kShownRows));
  };
  return {{{"A", arguments.a},
           {"B", arguments.b},
           {"--init", arguments.series.initial},
           {"--scores", arguments.series.scores}},
          {{{"--json", arguments.json}, with_top(compare::to_json), json_for_log},
           {{"--csv", arguments.csv}, with_top(compare::to_csv), text_for_log},
           {{"--markdown", arguments.markdown}, with_top(markdown), xml_for_log}}};
}

void write(const compare::Comparison& comparison, Outputs& outputs,
           const CompareArguments& arguments) {
  outputs.write_files(comparison);
  const std::size_t top = top_of(arguments).value_or(kShownRows);
  const std::optional<std::string> for_program = outputs.for_stdout(comparison);
  print_result(for_program ? *for_program : text_for_log(compare::to_table(comparison, top)));
}

// A or B.
struct Side {
  compare::Source source;
  report::Report report;
  Troubles troubles;
};

class Loader {
 public:
  Loader(const CompareArguments& arguments, const Work& work, const Messages& messages)
      : arguments_(arguments), work_(work), messages_(messages) {}

  [[nodiscard]] Side load(const std::string& path) const {
    Side side{.source = {.path = path, .is_report = is_report(path)},
              .report = load_report(path, arguments_.series, limits_of(arguments_.safety), work_,
                                    messages_, arguments_.most_values),
              .troubles = {}};
    side.troubles = troubles_of(side.report);
    return side;
  }

 private:
  const CompareArguments& arguments_;
  const Work& work_;
  const Messages& messages_;
};

// The weights of each pair, where both are checkpoints.
class Weights {
 public:
  Weights(const CompareArguments& arguments, const Work& work) : arguments_(arguments) {
    work.apply(options_);
    options_.limits = limits_of(arguments.safety);
  }

  void add(compare::Comparison& comparison) const {
    const std::string none = why_none(comparison.a, comparison.b);
    std::optional<CheckpointPlaces> in_a;
    std::optional<CheckpointPlaces> in_b;
    if (none.empty() && !comparison.pairs.empty()) {
      in_a.emplace(places_in(comparison.a.path));
      in_b.emplace(places_in(comparison.b.path));
    }
    for (compare::Pair& pair : comparison.pairs) {
      if (!none.empty()) {
        pair.no_weights = none;
      } else {
        add(pair, *in_a, *in_b, comparison.options);
      }
    }
  }

  // Why tensors cannot be compared at all; else empty.
  [[nodiscard]] std::string why_none(const compare::Source& a, const compare::Source& b) const {
    if (arguments_.no_weights) {
      return "--no-weights";
    }
    if (a.is_report && b.is_report) {
      return "A and B are reports";
    }
    if (a.is_report || b.is_report) {
      return a.is_report ? "A is a report" : "B is a report";
    }
    return "";
  }

 private:
  [[nodiscard]] CheckpointPlaces places_in(const std::string& path) const {
    return CheckpointPlaces(
        io::discover(request_of({path}, arguments_.series, options_.threads), options_.limits));
  }

  void add(compare::Pair& pair, const CheckpointPlaces& in_a, const CheckpointPlaces& in_b,
           const compare::Options& options) const {
    const auto a = in_a.find(pair.a.run, pair.a.path);
    const auto b = in_b.find(pair.b.run, pair.b.path);
    if (!a || !b) {
      pair.no_weights = "it is not clear which files the checkpoints are";
      return;
    }
    pair.weights = analysis::compare_weights(*a, *b,
                                             {.match = options.match,
                                              .limits = options_.limits,
                                              .memory = options_.memory,
                                              .tolerance = options.tolerance});
  }

  const CompareArguments& arguments_;
  analysis::AnalysisOptions options_;
};

std::string why_no_layers(const compare::Comparison& comparison) {
  if (comparison.pairs.empty()) {
    return "A and B have no run and checkpoint in common";
  }
  return comparison.options.match == compare::Match::name
             ? "no layer of A has the name of one of B; --match position goes by their order and "
               "shapes"
             : "no layer of A has the name or the shape of one of B";
}

// Have both layers, and none of A its counterpart in B?
bool has_strangers_only(const compare::Comparison& comparison) {
  const auto has_strangers = [](const compare::Pair& pair) {
    return !pair.layers_only_in_a.empty() && !pair.layers_only_in_b.empty();
  };
  return comparison.layers() == 0 && std::ranges::any_of(comparison.pairs, has_strangers);
}

struct Compared {
  compare::Comparison comparison;
  bool nothing_judged = false;
  bool incomplete = false;
};

Compared compared(const CompareArguments& arguments, const Messages& messages) {
  const compare::Options options = options_of(arguments);
  warn_of_risks(arguments.safety, messages);
  const Work work(arguments.work);
  const Loader loader(arguments, work, messages);
  Side a = loader.load(arguments.a);
  Side b = arguments.a == arguments.b ? a : loader.load(arguments.b);
  // One that has become all NaN is a result, and so are tensors that were compared: only where
  // neither has a layer, and their tensors are not looked at, is it a failure.
  const Weights weights(arguments, work);
  const bool nothing_judged = a.troubles.nothing_judged && b.troubles.nothing_judged &&
                              !weights.why_none(a.source, b.source).empty();
  for (Side* side : {&a, &b}) {
    side->troubles.nothing_judged = nothing_judged;
    if (side == &a || arguments.a != arguments.b) {
      tell(side->report, side->troubles, ScheduleShown::no, messages);
    }
  }
  Compared out{.comparison = compare::compare(a.report, b.report, options),
               .nothing_judged = nothing_judged,
               .incomplete = a.troubles.incomplete || b.troubles.incomplete};
  out.comparison.a = a.source;
  out.comparison.b = b.source;
  weights.add(out.comparison);
  if (has_strangers_only(out.comparison) && out.comparison.tensors() > 0) {
    messages.warning(why_no_layers(out.comparison));
  }
  return out;
}

ExitStatus status_of(const Compared& compared, const CompareArguments& arguments) {
  const compare::Comparison& comparison = compared.comparison;
  const bool has_nothing = comparison.layers() == 0 && comparison.tensors() == 0;
  if (arguments.exit_code && !has_nothing && !comparison.is_same()) {
    return ExitStatus::gate_failed;
  }
  if (compared.nothing_judged) {
    return ExitStatus::trouble;  // The errors are told.
  }
  if (has_nothing) {
    print_error("nothing to compare: " + why_no_layers(comparison));
    return ExitStatus::trouble;
  }
  const std::int64_t not_compared = comparison.not_compared();
  if (arguments.exit_code && !arguments.strict && not_compared > 0) {
    print_error(
        fmt::format("{} tensor{} could not be compared, so that A and B are not known to "
                    "be the same",
                    not_compared, not_compared == 1 ? "" : "s"));
    return ExitStatus::trouble;
  }
  return incomplete_status(compared.incomplete || not_compared > 0, arguments.strict);
}

ExitStatus compare_and_write(const CompareArguments& arguments) {
  const Messages messages(arguments.quiet);
  Outputs outputs = outputs_of(arguments);
  const Compared result = compared(arguments, messages);
  write(result.comparison, outputs, arguments);
  return status_of(result, arguments);
}

void add_matching_options(CLI::App& app, CompareArguments& arguments) {
  app.add_option("--match", arguments.match,
                 "Match layers by name, or by position: where name and shape are not the same, "
                 "the n-th of each shape with the n-th")
      ->check(is_one_of({"name", "position"}))
      ->type_name("name|position")
      ->capture_default_str();
  app.add_option("--checkpoints", arguments.checkpoints,
                 "Of runs, compare the last checkpoints, or every one that both have (by step, "
                 "epoch or name)")
      ->check(is_one_of({"last", "every"}))
      ->type_name("last|every")
      ->capture_default_str();
  app.add_option("--checkpoint-a", arguments.checkpoint_a, "Of A, the checkpoint of this name")
      ->check(is_not_empty())
      ->type_name("NAME");
  app.add_option("--checkpoint-b", arguments.checkpoint_b, "Of B, the checkpoint of this name")
      ->check(is_not_empty())
      ->type_name("NAME");
  app.add_option("--tolerance", arguments.tolerance,
                 "Values that differ by no more than this share of the larger are the same, and "
                 "tensors of no larger relative L2 are within the tolerance")
      ->check(is_number())
      ->type_name("SHARE")
      ->capture_default_str();
  app.add_flag("--no-weights", arguments.no_weights, "Do not compare the weights themselves");
}

void add_output_options(CLI::App& app, CompareArguments& arguments) {
  app.add_option("--top", arguments.top,
                 "At most so many rows of each list (default: 20 for people, all in JSON and CSV)")
      ->check(is_whole_number())
      ->type_name("N");
  const auto add = [&app](const char* name, std::string& target, const char* help) {
    app.add_option(name, target, help)->check(is_not_empty())->type_name("FILE");
  };
  add("--json", arguments.json,
      "Write the comparison as JSON; '-' is stdout, in place of the table (so for all three)");
  add("--csv", arguments.csv, "Write the changes as one CSV table");
  add("--markdown", arguments.markdown, "Write the comparison as Markdown for a comment");
  app.add_flag("--exit-code", arguments.exit_code, "Exit 1 if A and B differ, as diff does");
  app.add_flag("--strict", arguments.strict,
               "Exit 3 if any checkpoint or tensor could not be read, judged or compared");
  app.add_flag("-q,--quiet", arguments.quiet, "No warnings and no progress");
}

constexpr const char* kFooter =
    "A is the older or the known-good one: a change is what B has less what A has. Rows stand "
    "worst\n"
    "first: worse, lost (no value any more), changed (no source says which way is better), "
    "gained,\n"
    "better; each by the change as a share of the larger value. Knowledge gain is better higher, "
    "the\n"
    "mapping condition lower, rotation nearer to 1; losses, errors and accuracies are known by "
    "name.\n"
    "Where A and B are both checkpoints or runs, their tensors are compared, too.\n\n"
    "Exit status of this command: 0 compared; with --exit-code 1 if anything differs, whatever "
    "else,\n"
    "and 2 if nothing does but a tensor could not be compared; 2 if there was nothing to "
    "compare.\n\n"
    "Examples:\n"
    "  hindcast compare old.json new.json\n"
    "  hindcast compare epoch_03.h5 epoch_09.h5 --top 10\n"
    "  hindcast compare runs/seed_1 runs/seed_2 --markdown comment.md\n"
    "  hindcast compare run run --checkpoint-a epoch_03 --checkpoint-b epoch_09\n"
    "  hindcast compare model.h5 model.onnx --match position --tolerance 1e-6 --exit-code";

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<CompareArguments>();
  constexpr const char* kWhat =
      "A report (JSON), or checkpoints to analyse first: a file or a directory";
  app.add_option("A", arguments->a, kWhat)->type_name("")->required();
  app.add_option("B", arguments->b, kWhat)->type_name("")->required();
  add_matching_options(app, *arguments);
  add_output_options(app, *arguments);
  add_series_options(app, arguments->series);
  add_work_options(app, arguments->work);
  add_safety_options(app, arguments->safety);
  add_report_values_option(app, arguments->most_values);
  app.footer(kFooter);
  return [arguments] { return compare_and_write(*arguments); };
}

}  // namespace

extern const Command compare_command;
const Command compare_command = {
    .name = "compare",
    .summary = "Two reports, checkpoints or runs side by side, the worst change first",
    .add = add,
};

}  // namespace hindcast::cli
