// Each metric in two views, over runs and within them: the same numbers may say opposite things
// (Simpson's paradox), so neither is shown without the other.

#include "correlate/correlate.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "correlate/contradiction.hpp"
#include "correlate/scored_run.hpp"
#include "correlate/summary_metric.hpp"
#include "correlate/warnings.hpp"
#include "statistics/holm.hpp"

namespace hindcast::correlate {
namespace {

using statistics::Coefficient;
using statistics::kCoefficients;

// Rows that have both numbers.
struct Columns {
  std::vector<double> x = {};
  std::vector<double> y = {};
  std::size_t scores = 0;  // Rows that have a score at least.

  void add(std::optional<double> value, double score) {
    ++scores;
    if (value) {
      x.push_back(*value);
      y.push_back(score);
    }
  }
  [[nodiscard]] std::size_t size() const { return x.size(); }
};

std::size_t place_of(Coefficient coefficient) {
  return static_cast<std::size_t>(std::ranges::find(kCoefficients, coefficient) -
                                  kCoefficients.begin());
}

// Why these rows say nothing.
Status status_of(const Columns& columns, std::size_t least, Status too_few) {
  if (columns.scores < least) {
    return too_few;
  }
  if (columns.size() < least) {
    return Status::not_measured;
  }
  if (statistics::is_constant(columns.y)) {
    return Status::constant_score;
  }
  return statistics::is_constant(columns.x) ? Status::constant_metric : Status::ok;
}

ViewResult across_runs(std::span<const ScoredRun> runs, std::size_t metric,
                       const Options& options) {
  Columns columns;
  for (const ScoredRun& run : runs) {
    if (run.same_as.empty() && !run.scored.empty()) {
      columns.add(run.scored.back().values[metric], run.scored.back().score);
    }
  }
  ViewResult view;
  view.status = status_of(columns, kLeastRuns, Status::too_few_runs);
  view.runs = columns.size();
  view.checkpoints = columns.size();
  if (view.status != Status::ok) {
    return view;
  }
  for (std::size_t c = 0; c < kCoefficients.size(); ++c) {
    const statistics::Pairing pairing(kCoefficients[c], columns.x, columns.y);
    CoefficientResult& result = view.coefficients[c];
    result.value = pairing.value();
    result.interval = statistics::interval_of(kCoefficients[c], result.value, columns.size());
    result.test = statistics::test_by_permutation(pairing, options.permutations);
  }
  return view;
}

struct UsableRun {
  std::size_t run = 0;
  Columns columns = {};
};

// The runs with something to say; where there is none, `status` is what came nearest to it.
std::vector<UsableRun> usable_runs(std::span<const ScoredRun> runs, std::size_t metric,
                                   Status& status) {
  constexpr std::array kFurthest = {Status::too_few_checkpoints, Status::not_measured,
                                    Status::constant_score, Status::constant_metric, Status::ok};
  const auto how_far = [&](Status one) { return std::ranges::find(kFurthest, one); };
  status = Status::too_few_checkpoints;
  std::vector<UsableRun> usable;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (!runs[r].same_as.empty()) {
      continue;
    }
    UsableRun one{.run = r};
    for (const ScoredCheckpoint& checkpoint : runs[r].scored) {
      one.columns.add(checkpoint.values[metric], checkpoint.score);
    }
    const Status own = status_of(one.columns, kLeastCheckpoints, Status::too_few_checkpoints);
    status = how_far(own) > how_far(status) ? own : status;
    if (own == Status::ok) {
      usable.push_back(std::move(one));
    }
  }
  return usable;
}

CoefficientResult mean_over(std::span<const UsableRun> runs, std::size_t place,
                            const Options& options, std::vector<RunPart>& parts) {
  const Coefficient coefficient = kCoefficients[place];
  std::vector<statistics::WeightedPairing> pairings;
  std::vector<statistics::RunValue> values;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Columns& columns = runs[i].columns;
    const double weight = static_cast<double>(columns.size()) - 1.0;
    pairings.push_back(
        {.pairing = statistics::Pairing(coefficient, columns.x, columns.y), .weight = weight});
    parts[i].values[place] = pairings.back().pairing.value();
    values.push_back({.value = parts[i].values[place], .weight = weight, .size = columns.size()});
  }
  CoefficientResult result;
  result.value = statistics::mean_value(pairings);
  result.interval = statistics::interval_of_mean(coefficient, values);
  result.test = statistics::test_by_shifts(pairings, options.permutations);
  return result;
}

ViewResult within_runs(std::span<const ScoredRun> runs, std::size_t metric,
                       const Options& options) {
  ViewResult view;
  const std::vector<UsableRun> usable = usable_runs(runs, metric, view.status);
  view.runs = usable.size();
  for (const UsableRun& one : usable) {
    view.checkpoints += one.columns.size();
    view.parts.push_back({.run = one.run, .checkpoints = one.columns.size()});
  }
  if (view.status == Status::ok) {
    for (std::size_t c = 0; c < kCoefficients.size(); ++c) {
      view.coefficients[c] = mean_over(usable, c, options, view.parts);
    }
  }
  return view;
}

// Corrects each coefficient's p for the number of metrics and flags by the judged one.
ViewSummary correct(std::vector<MetricResult>& metrics, ViewResult MetricResult::*which,
                    const Options& options) {
  std::vector<ViewResult*> views;
  for (MetricResult& metric : metrics) {
    if ((metric.*which).status == Status::ok) {
      views.push_back(&(metric.*which));
    }
  }
  ViewSummary summary{.tried = views.size()};
  const std::size_t judged = place_of(options.judged);
  for (std::size_t c = 0; c < kCoefficients.size(); ++c) {
    std::vector<double> p_values;
    p_values.reserve(views.size());
    for (const ViewResult* const view : views) {
      p_values.push_back(view->coefficients[c].test.p);
    }
    const std::vector<double> corrected = statistics::holm(p_values);
    for (std::size_t i = 0; i < views.size(); ++i) {
      views[i]->coefficients[c].corrected_p = corrected[i];
    }
  }
  for (ViewResult* const view : views) {
    const CoefficientResult& result = view->coefficients[judged];
    view->flagged = result.corrected_p <= options.alpha;
    summary.flagged += view->flagged ? 1U : 0U;
    summary.smallest_corrected_p = std::min(
        summary.smallest_corrected_p, static_cast<double>(views.size()) * result.test.smallest);
  }
  const bool any_drawn = std::ranges::any_of(
      views, [&](const ViewResult* view) { return !view->coefficients[judged].test.exact; });
  if (any_drawn && summary.smallest_corrected_p > options.alpha) {
    // Such that 1 / (draws + 1), times the metrics, is alpha.
    summary.draws_needed = static_cast<std::uint64_t>(
        std::ceil(static_cast<double>(views.size()) / options.alpha) - 1.0);
  }
  return summary;
}

// Does it hold after the correction or, where nothing can, as far as the data go?
bool is_luck(const ViewResult& view, const ViewSummary& all, std::size_t judged, double alpha) {
  const CoefficientResult& result = view.coefficients[judged];
  constexpr double kRounding = 1e-12;
  const bool is_all_there_can_be = all.smallest_corrected_p > alpha && result.test.p <= alpha &&
                                   result.test.p <= result.test.smallest + kRounding;
  return result.corrected_p > alpha && !is_all_there_can_be;
}

void mark_contradictions(CorrelationReport& out) {
  const std::size_t judged = place_of(out.options.judged);
  std::vector<MetricResult*> tried;
  std::vector<BothViews> both;
  for (MetricResult& metric : out.metrics) {
    if (metric.across.status == Status::ok && metric.within.status == Status::ok) {
      tried.push_back(&metric);
      both.push_back(
          {.across = &metric.across.coefficients[judged],
           .within = &metric.within.coefficients[judged],
           .within_is_luck = is_luck(metric.within, out.within, judged, out.options.alpha)});
    }
  }
  const std::vector<Contradiction> found = contradictions(both, out.options.alpha);
  for (std::size_t i = 0; i < tried.size(); ++i) {
    tried[i]->contradiction = found[i];
  }
}

[[noreturn]] void fail_unmatched(const std::string& glob, const std::vector<SummaryMetric>& known) {
  std::vector<std::string_view> names;
  names.reserve(known.size());
  for (const SummaryMetric& metric : known) {
    names.emplace_back(metric.name);
  }
  const std::string_view near = nearest(glob, names);
  throw Error(ErrorCode::usage,
              fmt::format("--metric: no metric is called '{}'{}", printable(glob),
                          near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

std::vector<SummaryMetric> chosen_metrics(const std::vector<std::string>& globs) {
  std::vector<SummaryMetric> all = summary_metrics();
  for (const std::string& glob : globs) {
    if (std::ranges::none_of(all, [&](const auto& one) { return glob_matches(glob, one.name); })) {
      fail_unmatched(glob, all);
    }
  }
  std::erase_if(all, [&](const SummaryMetric& metric) {
    return !globs.empty() && std::ranges::none_of(globs, [&](const std::string& glob) {
      return glob_matches(glob, metric.name);
    });
  });
  return all;
}

RunUsed used(const ScoredRun& run) {
  RunUsed out{.name = run.name, .checkpoints = run.checkpoints, .scored = run.scored.size()};
  out.same_as = run.same_as;
  if (!run.scored.empty()) {
    out.end = run.scored.back().name;
    out.ends_early = out.end != run.last;
  }
  return out;
}

}  // namespace

std::string_view name(Status status) noexcept {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::too_few_runs:
      return "too_few_runs";
    case Status::too_few_checkpoints:
      return "too_few_checkpoints";
    case Status::not_measured:
      return "not_measured";
    case Status::constant_metric:
      return "constant_metric";
    case Status::constant_score:
      break;
  }
  return "constant_score";
}

std::string_view name(Contradiction contradiction) noexcept {
  switch (contradiction) {
    case Contradiction::none:
      return "none";
    case Contradiction::possible:
      return "possible";
    case Contradiction::established:
      break;
  }
  return "established";
}

CorrelationReport correlate(const report::Report& report, const Options& options) {
  CorrelationReport out;
  out.options = options;
  const std::vector<SummaryMetric> metrics = chosen_metrics(options.metrics);
  out.score = choose_score(report, options.score);
  const std::vector<ScoredRun> runs = scored_runs(report, out.score.name, metrics);
  for (const ScoredRun& run : runs) {
    out.runs.push_back(used(run));
  }
  out.metrics.resize(metrics.size());
  tbb::task_arena arena(static_cast<int>(options.threads));
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, metrics.size(), [&](std::size_t m) {
      out.metrics[m] = {.name = metrics[m].name,
                        .across = across_runs(runs, m, options),
                        .within = within_runs(runs, m, options)};
    });
  });
  out.across = correct(out.metrics, &MetricResult::across, options);
  out.within = correct(out.metrics, &MetricResult::within, options);
  mark_contradictions(out);
  out.warnings = warnings_of(out, runs);
  return out;
}

}  // namespace hindcast::correlate
