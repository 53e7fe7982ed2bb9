#include "cli/gate/update_baseline.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/report/writers.hpp"

#include "base/text.hpp"
#include "cli/github_actions.hpp"
#include "cli/load_report.hpp"
#include "cli/output_file.hpp"
#include "compare/compare.hpp"
#include "compare/writers.hpp"

namespace hindcast::cli {
namespace {

constexpr std::size_t kShownRows = 20;

const std::string& only_baseline(const GateArguments& arguments) {
  if (arguments.baselines.size() != 1) {
    throw Error(ErrorCode::usage,
                fmt::format("--update-baseline needs the one --baseline to rewrite, not {}",
                            arguments.baselines.size()));
  }
  const std::string& baseline = arguments.baselines.front();
  refuse_clashes({{"REPORT", arguments.report},
                  {"--init", arguments.series.initial},
                  {"--scores", arguments.series.scores}},
                 {{"--baseline", baseline}});
  if (!is_report(baseline)) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: is no report, and would be lost; --update-baseline rewrites what "
                            "'hindcast analyze --json' wrote",
                            printable(baseline)));
  }
  return baseline;
}

// A new one, with the bytes that will be written: those of a report as they are, because it may
// hold what only a later version knows.
struct Successor {
  report::Report report;
  std::string text;
  Troubles troubles;
};

Successor successor(const GateArguments& arguments, const Messages& messages) {
  const Work work(arguments.work);
  LoadedReport loaded = load_and_tell(arguments.report, arguments, work, messages);
  Successor out{.report = std::move(loaded.report), .text = {}, .troubles = loaded.troubles};
  if (is_report(arguments.report)) {
    out.text = read_text(arguments.report);
    out.report = with_context(printable(arguments.report), [&] {  // Which may have changed.
      return report::read_report(out.text, arguments.most_values);
    });
  } else {
    out.text = report::to_json(out.report);
  }
  if (out.troubles.nothing_judged) {
    throw Error(ErrorCode::malformed,
                fmt::format("{}: no layer of it could be judged; the baseline is left as it is",
                            printable(arguments.report)));
  }
  return out;
}

// What the new one changes, checkpoint by checkpoint; what is the same is left out.
std::string changes(const report::Report& before, const Successor& after,
                    const GateArguments& arguments) {
  compare::Comparison comparison =
      compare::compare(before, after.report, {.moments = compare::Moments::every});
  if (comparison.is_same()) {
    return "no value changed\n";
  }
  comparison.a = {.path = arguments.baselines.front(), .is_report = true};
  comparison.b = {.path = arguments.report, .is_report = true};
  std::erase_if(comparison.pairs, [](const compare::Pair& pair) { return pair.is_same(); });
  for (compare::Pair& pair : comparison.pairs) {
    pair.no_weights = "these are reports";
  }
  return compare::to_table(comparison, kShownRows);
}

}  // namespace

ExitStatus update_baseline(const GateArguments& arguments) {
  const Messages messages(arguments.quiet);
  refuse_judging_options(arguments, "--update-baseline");
  require_report(arguments);
  const std::string& path = only_baseline(arguments);
  AtomicFile file = output_file(path);
  warn_of_risks(arguments.safety, messages);
  const std::string old_text = read_text(path);
  const report::Report old = with_context(
      printable(path), [&] { return report::read_report(old_text, arguments.most_values); });
  const Successor next = successor(arguments, messages);
  if (arguments.strict && next.troubles.incomplete) {
    return incomplete_status(true, true);
  }
  const std::string changed = changes(old, next, arguments);
  const bool is_same = next.text == old_text;
  if (!is_same) {
    file.commit(next.text);
  }
  print_result(
      text_for_log(fmt::format("{}\ngate: {} {} {}\n", changed, printable(path),
                               is_same ? "already is" : "now is", printable(arguments.report))));
  return ExitStatus::ok;
}

}  // namespace hindcast::cli
