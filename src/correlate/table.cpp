// What a person reads on a terminal after `correlate`.

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"
#include "correlate/writers.hpp"
#include "report/text_table.hpp"

namespace hindcast::correlate {
namespace {

using statistics::kCoefficients;

std::string counted(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string percent(double share) {
  return fmt::format("{:.3g} %", 100.0 * share);
}

const CoefficientResult& judged(const CorrelationReport& report, const ViewResult& view) {
  const auto* const place = std::ranges::find(kCoefficients, report.options.judged);
  return view.coefficients[static_cast<std::size_t>(place - kCoefficients.begin())];
}

std::string interval_text(const CoefficientResult& result) {
  return result.interval
             ? fmt::format("{:.2f} to {:.2f}", result.interval->low, result.interval->high)
             : "-";
}

// By the sign of the coefficient, for those who do not have the direction of the score in mind.
std::string better_when(const CorrelationReport& report, double value) {
  if (!report.score.greater_is_better || value == 0.0) {
    return "-";
  }
  return (value > 0.0) == *report.score.greater_is_better ? "larger" : "smaller";
}

// Those with a coefficient, the least likely to be luck first.
std::vector<const MetricResult*> ordered(const CorrelationReport& report,
                                         ViewResult MetricResult::*which) {
  std::vector<const MetricResult*> metrics;
  for (const MetricResult& metric : report.metrics) {
    if ((metric.*which).status == Status::ok) {
      metrics.push_back(&metric);
    }
  }
  std::ranges::stable_sort(metrics, [&](const MetricResult* a, const MetricResult* b) {
    const CoefficientResult& one = judged(report, (*a).*which);
    const CoefficientResult& other = judged(report, (*b).*which);
    constexpr double kSame = 1e-9;  // Rounding must not decide who comes first.
    return one.test.p != other.test.p ? one.test.p < other.test.p
                                      : std::round(std::abs(one.value) / kSame) >
                                            std::round(std::abs(other.value) / kSame);
  });
  return metrics;
}

std::string mark(const MetricResult& metric, const ViewResult& view) {
  constexpr std::string_view kMarks = " ?!";
  return std::string(view.flagged ? "*" : " ") +
         kMarks[static_cast<std::size_t>(metric.contradiction)];
}

std::string rows(const CorrelationReport& report, ViewResult MetricResult::*which,
                 std::size_t most) {
  const std::vector<const MetricResult*> metrics = ordered(report, which);
  constexpr auto kRight = report::TextTable::Align::right;
  report::TextTable table(
      {{.title = ""},
       {.title = "metric"},
       {.title = "pearson", .align = kRight},
       {.title = "spearman", .align = kRight},
       {.title = "kendall", .align = kRight},
       {.title = fmt::format("95 % of {}", statistics::name(report.options.judged)),
        .align = kRight},
       {.title = "p", .align = kRight},
       {.title = "corrected p", .align = kRight},
       {.title = "better when"}});
  const std::size_t told = std::min(most, metrics.size());
  for (std::size_t i = 0; i < told; ++i) {
    const ViewResult& view = (*metrics[i]).*which;
    const CoefficientResult& result = judged(report, view);
    std::vector<std::string> cells = {mark(*metrics[i], view), metrics[i]->name};
    for (const CoefficientResult& one : view.coefficients) {
      constexpr double kShown = 0.0005;  // What is less is no sign either.
      cells.push_back(fmt::format("{:.3f}", std::abs(one.value) < kShown ? 0.0 : one.value));
    }
    cells.insert(cells.end(), {interval_text(result), fmt::format("{:.3g}", result.test.p),
                               fmt::format("{:.3g}", result.corrected_p),
                               view.flagged ? better_when(report, result.value) : "-"});
    table.row(std::move(cells));
  }
  const std::size_t rest = metrics.size() - told;
  return table.text() + (rest > 0 ? fmt::format("and {} more (--top, --json, --csv)\n", rest) : "");
}

std::string_view words(Status status) {
  switch (status) {
    case Status::ok:
      return "";
    case Status::too_few_runs:
      return "fewer than 3 runs have a score";
    case Status::too_few_checkpoints:
      return "no run has 4 checkpoints with a score";
    case Status::not_measured:
      return "not measured often enough";
    case Status::constant_metric:
      return "the metric does not vary";
    case Status::constant_score:
      break;
  }
  return "the score does not vary";
}

// "not tried: 12 metrics (the metric does not vary)"
std::string left_out(const CorrelationReport& report, ViewResult MetricResult::*which) {
  std::map<Status, std::vector<std::string>> names;
  for (const MetricResult& metric : report.metrics) {
    if ((metric.*which).status != Status::ok) {
      names[(metric.*which).status].push_back(metric.name);
    }
  }
  std::string out;
  for (const auto& [status, those] : names) {
    const bool is_short = those.size() <= 3 && those.size() < report.metrics.size();
    out +=
        fmt::format("not tried: {}, {}\n",
                    is_short ? join(those, ", ") : counted(those.size(), "metric"), words(status));
  }
  return out;
}

// Of the metric with most rows: what the numbers of nearly all are.
const ViewResult& fullest(const CorrelationReport& report, ViewResult MetricResult::*which) {
  const std::vector<const MetricResult*> metrics = ordered(report, which);
  const auto rows = [&](const MetricResult* metric) { return ((*metric).*which).checkpoints; };
  return (**std::ranges::max_element(metrics, {}, rows)).*which;
}

// "not measured in all: rotation.mean (4 runs)"
std::string with_fewer(const CorrelationReport& report, ViewResult MetricResult::*which,
                       std::string_view thing) {
  constexpr std::size_t kTold = 3;
  const ViewResult& most = fullest(report, which);
  std::vector<std::string> told;
  for (const MetricResult* const metric : ordered(report, which)) {
    const ViewResult& view = (*metric).*which;
    if (view.checkpoints < most.checkpoints) {
      told.push_back(fmt::format("{} ({})", metric->name, counted(view.checkpoints, thing)));
    }
  }
  if (told.empty()) {
    return "";
  }
  const std::size_t rest = told.size() - std::min(told.size(), kTold);
  told.resize(told.size() - rest);
  return fmt::format("not measured in all: {}{}\n", join(told, ", "),
                     rest > 0 ? fmt::format(" and {} more", rest) : "");
}

// What the numbers of a view are; the same for nearly all of its metrics.
std::string test_of(const CorrelationReport& report, ViewResult MetricResult::*which,
                    std::string_view thing) {
  const ViewResult& view = fullest(report, which);
  const statistics::PermutationResult& test = judged(report, view).test;
  return test.exact ? fmt::format("p over all {} {}", test.arrangements, thing)
                    : fmt::format("p over {} {}, drawn with seed {}", test.arrangements, thing,
                                  report.options.permutations.seed);
}

std::string too_little(const CorrelationReport& report, const ViewSummary& view) {
  if (view.tried == 0 || view.smallest_corrected_p <= report.options.alpha) {
    return "";
  }
  if (view.draws_needed > 0) {
    return fmt::format(
        "too few arrangements drawn: of so many metrics nothing can be told from luck by fewer "
        "than "
        "--permutations {}\n",
        view.draws_needed);
  }
  return fmt::format(
      "too little data: the strongest relation there can be would have a corrected p of {:.2g}, so "
      "that nothing here can be told from luck\n",
      std::min(1.0, view.smallest_corrected_p));
}

std::string across_text(const CorrelationReport& report, std::size_t most) {
  std::string out = "\nacross runs, each at its last checkpoint with a score";
  if (report.across.tried == 0) {
    return out + ": nothing to say\n" + left_out(report, &MetricResult::across);
  }
  return out +
         fmt::format(": {}; {}\n", counted(fullest(report, &MetricResult::across).runs, "run"),
                     test_of(report, &MetricResult::across, "orders of the runs")) +
         rows(report, &MetricResult::across, most) +
         with_fewer(report, &MetricResult::across, "run") +
         left_out(report, &MetricResult::across) + too_little(report, report.across);
}

std::string within_text(const CorrelationReport& report, std::size_t most) {
  std::string out = "\nwithin runs, over time";
  if (report.within.tried == 0) {
    return out + ": nothing to say\n" + left_out(report, &MetricResult::within);
  }
  const ViewResult& first = fullest(report, &MetricResult::within);
  return out +
         fmt::format(": {}{} with {}; {}\n", first.runs > 1 ? "mean over " : "",
                     counted(first.runs, "run"), counted(first.checkpoints, "checkpoint"),
                     test_of(report, &MetricResult::within, "shifts in time")) +
         rows(report, &MetricResult::within, most) +
         with_fewer(report, &MetricResult::within, "checkpoint") +
         left_out(report, &MetricResult::within) + too_little(report, report.within);
}

std::string header(const CorrelationReport& report) {
  const ChosenScore& score = report.score;
  std::string out = fmt::format("score '{}'", printable(score.name));
  if (!score.given) {
    out += score.others.empty()
               ? ", the only one"
               : fmt::format(", chosen by its name among {} (--score NAME for another: {}{})",
                             score.others.size() + 1, printable(score.others.front()),
                             score.others.size() > 1 ? ", ..." : "");
  }
  if (score.greater_is_better) {
    out += *score.greater_is_better ? "; higher is better" : "; lower is better";
  }
  std::size_t runs = 0;
  std::size_t checkpoints = 0;
  for (const RunUsed& run : report.runs) {
    const bool is_used = run.same_as.empty() && run.scored > 0;
    runs += is_used ? 1U : 0U;
    checkpoints += is_used ? run.scored : 0U;
  }
  return out + fmt::format("\n{} with {} that have it; {}, judged by {}\n", counted(runs, "run"),
                           counted(checkpoints, "checkpoint"),
                           counted(report.metrics.size(), "metric"),
                           statistics::name(report.options.judged));
}

std::string verdict(const ViewSummary& view, double alpha) {
  if (view.tried == 0) {
    return "nothing to say";
  }
  if (view.smallest_corrected_p > alpha) {
    return view.draws_needed > 0 ? "too few arrangements drawn" : "too little data";
  }
  return view.flagged == 0 ? fmt::format("none of {}", counted(view.tried, "metric"))
                           : fmt::format("{} of {}", view.flagged, counted(view.tried, "metric"));
}

std::string legend(const CorrelationReport& report) {
  std::string out;
  if (report.across.flagged + report.within.flagged > 0) {
    out += fmt::format(
        "* beyond luck: had no metric anything to do with the score, a view would show any * in at "
        "most {} of cases\n",
        percent(report.options.alpha));
  }
  if (report.within.flagged > 0) {
    out +=
        "  within runs that holds where checkpoints far apart have little in common; whatever "
        "drifts all through\n"
        "  the training goes with whatever else does, and is no proof that one causes the other\n";
  }
  const std::string established = paradox_line(report, Contradiction::established);
  const std::string possible = paradox_line(report, Contradiction::possible);
  return out + (established.empty() ? "" : "! " + established + "\n") +
         (possible.empty() ? "" : "? " + possible + "\n");
}

}  // namespace

std::string paradox_line(const CorrelationReport& report, Contradiction which) {
  constexpr std::size_t kTold = 5;
  std::vector<std::string> names;
  for (const MetricResult& metric : report.metrics) {
    if (metric.contradiction == which) {
      names.push_back(metric.name);
    }
  }
  if (names.empty() || which == Contradiction::none) {
    return "";
  }
  const std::size_t told = std::min(kTold, names.size());
  const std::string more =
      names.size() > told ? fmt::format(" and {} more", names.size() - told) : "";
  names.resize(told);
  const std::string what = fmt::format(
      "within runs the sign is the opposite of that across runs for {}{}", join(names, ", "), more);
  return which == Contradiction::established
             ? fmt::format("Simpson's paradox: {}; do not take one for the other", what)
             : fmt::format(
                   "perhaps Simpson's paradox: {}, which may be luck across so few runs; do "
                   "not take one for the other",
                   what);
}

std::string to_table(const CorrelationReport& report, std::size_t most) {
  const double alpha = report.options.alpha;
  return header(report) + within_text(report, most) + across_text(report, most) + "\n" +
         legend(report) +
         fmt::format("correlate: beyond luck within runs: {}; across runs: {}\n",
                     verdict(report.within, alpha), verdict(report.across, alpha));
}

}  // namespace hindcast::correlate
