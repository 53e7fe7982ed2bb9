#include "correlate/correlate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"

#include "correlate/contradiction.hpp"
#include "correlate/writers.hpp"
#include "statistics/generator.hpp"

using namespace hindcast;
using correlate::Contradiction;
using correlate::CorrelationReport;
using correlate::Status;
using statistics::Generator;

namespace {

using Values = std::vector<std::optional<double>>;

// A checkpoint whose first metrics have these means.
report::CheckpointReport checkpoint_of(const Values& means, std::optional<double> score,
                                       std::int64_t epoch) {
  report::CheckpointReport out;
  out.name = "epoch_" + std::to_string(epoch);
  out.epoch = epoch;
  for (std::size_t m = 0; m < means.size(); ++m) {
    metrics::Aggregate aggregate;
    aggregate.metric = metrics::metrics()[m].key;
    aggregate.mean = means[m];
    out.summary.aggregates.push_back(aggregate);
  }
  if (score) {
    out.scores.push_back({.name = "val_accuracy", .value = score});
  }
  return out;
}

report::RunReport run_of(const std::string& name, const Values& metric, const Values& score) {
  report::RunReport run;
  run.name = name;
  for (std::size_t i = 0; i < metric.size(); ++i) {
    run.checkpoints.push_back(checkpoint_of({metric[i]}, score[i], static_cast<std::int64_t>(i)));
  }
  return run;
}

report::Report report_of(std::vector<report::RunReport> runs) {
  return {.options = {}, .runs = std::move(runs)};
}

CorrelationReport correlated(const report::Report& report, correlate::Options options = {}) {
  if (options.metrics.empty()) {
    options.metrics = {"rotation.mean"};  // The first of all metrics.
  }
  return correlate::correlate(report, options);
}

double uniform(Generator& generator) {
  return static_cast<double>(generator.next() >> 11U) * 0x1p-53;
}

// Metrics and scores that have nothing to do with each other.
report::Report unrelated(std::size_t runs, std::size_t checkpoints, Generator& generator) {
  report::Report report;
  for (std::size_t r = 0; r < runs; ++r) {
    report::RunReport& run = report.runs.emplace_back();
    run.name = "run_" + std::to_string(r);
    for (std::size_t t = 0; t < checkpoints; ++t) {
      Values means;
      for (std::size_t m = 0; m < metrics::metrics().size(); ++m) {
        means.push_back(uniform(generator));
      }
      run.checkpoints.push_back(
          checkpoint_of(means, uniform(generator), static_cast<std::int64_t>(t)));
    }
  }
  return report;
}

// In each run the score falls as the metric rises; runs with a larger metric score higher.
report::Report paradox(std::size_t runs, std::size_t checkpoints) {
  report::Report report;
  for (std::size_t r = 0; r < runs; ++r) {
    Values metric;
    Values score;
    for (std::size_t t = 0; t < checkpoints; ++t) {
      const double wobble = (t % 2 == 0 ? 0.002 : -0.002) * static_cast<double>(r + 1);
      metric.emplace_back(0.1 * static_cast<double>(r) + 0.01 * static_cast<double>(t));
      score.emplace_back(0.5 + 0.1 * static_cast<double>(r) - 0.01 * static_cast<double>(t) +
                         wobble);
    }
    report.runs.push_back(run_of("run_" + std::to_string(r), metric, score));
  }
  return report;
}

constexpr std::size_t kPearson = 0;
constexpr std::size_t kSpearman = 1;

}  // namespace

TEST_CASE("correlate: across runs each stands at its last checkpoint with a score") {
  const report::Report report = report_of({run_of("a", {9.0, 1.0}, {0.9, 0.1}),
                                           run_of("b", {9.0, 3.0, 99.0}, {0.9, 0.3, std::nullopt}),
                                           run_of("c", {2.0}, {0.4})});
  const CorrelationReport found = correlated(report);
  const correlate::ViewResult& across = found.metrics.at(0).across;
  // (1, 0.1), (3, 0.3), (2, 0.4): 0.5 by hand in the ranks.
  CHECK(across.runs == 3);
  CHECK(across.coefficients[kSpearman].value == doctest::Approx(0.5).epsilon(1e-14));
  CHECK(found.runs[1].end == "epoch_1");
  CHECK(found.runs[1].ends_early);
  CHECK(found.metrics[0].within.status == Status::too_few_checkpoints);
  CHECK(found.warnings.size() == 2);  // Of b's end, and of ends at different epochs.
}

TEST_CASE("correlate: within runs is the mean of the runs, by their checkpoints less one") {
  const report::Report report =
      report_of({run_of("a", {1.0, 2.0, 3.0, 4.0}, {0.1, 0.2, 0.3, 0.4}),
                 run_of("b", {1.0, 2.0, 3.0, 4.0, 5.0}, {0.5, 0.4, 0.3, 0.2, 0.1})});
  const CorrelationReport found = correlated(report);
  const correlate::ViewResult& within = found.metrics.at(0).within;
  CHECK(within.coefficients[kPearson].value == doctest::Approx((3.0 - 4.0) / 7.0).epsilon(1e-14));
  REQUIRE(within.parts.size() == 2);
  CHECK(within.parts[1].values[kPearson] == doctest::Approx(-1.0));
  CHECK(within.checkpoints == 9);
  CHECK(found.metrics[0].across.status == Status::too_few_runs);
}

TEST_CASE("correlate: missing and not finite numbers leave a checkpoint out") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const report::Report report =
      report_of({run_of("a", {1.0, std::nullopt, 2.0, nan, 4.0, 7.0, 3.0, 5.0},
                        {0.1, 0.9, 0.2, 0.9, 0.4, std::nullopt, infinity, 0.5})});
  const CorrelationReport found = correlated(report);
  CHECK(found.metrics.at(0).within.checkpoints == 4);
  CHECK(found.metrics[0].within.coefficients[kPearson].value == doctest::Approx(1.0));
  CHECK(found.runs[0].scored == 6);
}

TEST_CASE("correlate: every reason to have no coefficient has its name") {
  const auto within = [](const Values& metric, const Values& score) {
    const CorrelationReport found = correlated(report_of({run_of("a", metric, score)}));
    CHECK(found.within.tried == (found.metrics.at(0).within.status == Status::ok ? 1 : 0));
    return found.metrics[0].within.status;
  };
  const Values rising = {0.1, 0.2, 0.3, 0.4};
  CHECK(within({1.0, 2.0, 3.0}, {0.1, 0.2, 0.3}) == Status::too_few_checkpoints);
  CHECK(within({1.0, 2.0, std::nullopt, 3.0}, rising) == Status::not_measured);
  CHECK(within({1.0, 1.0, 1.0, 1.0}, rising) == Status::constant_metric);
  CHECK(within(rising, {0.5, 0.5, 0.5, 0.5}) == Status::constant_score);
  CHECK(within(rising, rising) == Status::ok);
}

TEST_CASE("correlate: the same run twice counts once") {
  const Values metric = {1.0, 2.0, 3.0, 5.0, 4.0};
  const Values score = {0.1, 0.2, 0.4, 0.3, 0.5};
  const CorrelationReport found =
      correlated(report_of({run_of("a", metric, score), run_of("b", metric, score)}));
  CHECK(found.runs[1].same_as == "a");
  CHECK(found.metrics.at(0).within.runs == 1);
  CHECK(found.warnings.size() == 1);
}

TEST_CASE("correlate: three runs can be told from luck by nothing, and it says so") {
  const CorrelationReport found = correlated(
      report_of({run_of("a", {1.0}, {0.1}), run_of("b", {2.0}, {0.2}), run_of("c", {3.0}, {0.3})}));
  CHECK(found.across.smallest_corrected_p == doctest::Approx(1.0 / 3.0));
  CHECK(found.across.flagged == 0);
  CHECK(correlate::to_table(found, 10).find("too little data") != std::string::npos);
}

TEST_CASE("correlate: the correction is for the metrics that have a coefficient") {
  Generator generator(4);
  report::Report report = unrelated(8, 1, generator);
  for (report::RunReport& run : report.runs) {
    run.checkpoints[0].summary.aggregates[0].mean = 1.0;  // Constant: not tried.
  }
  correlate::Options options;
  options.metrics = {"*.mean"};
  const CorrelationReport found = correlated(report, options);
  CHECK(found.across.tried == metrics::metrics().size() - 1);
  double least = 1.0;
  double least_corrected = 1.0;
  for (const correlate::MetricResult& metric : found.metrics) {
    least = std::min(least, metric.across.coefficients[kSpearman].test.p);
    least_corrected = std::min(least_corrected, metric.across.coefficients[kSpearman].corrected_p);
  }
  CHECK(least_corrected ==
        doctest::Approx(std::min(1.0, least * static_cast<double>(found.across.tried))));
}

TEST_CASE("correlate: of 400 unrelated sets at most 5 % flag anything, and few warn") {
  constexpr int kSets = 400;
  for (const statistics::Coefficient judged : statistics::kCoefficients) {
    Generator generator(77);
    int across = 0;
    int within = 0;
    int warned = 0;
    for (int i = 0; i < kSets; ++i) {
      correlate::Options options;
      options.metrics = {"*.mean"};
      options.judged = judged;
      options.permutations = {.draws = 499, .seed = 1, .exact_up_to = 1000};
      const CorrelationReport found = correlate::correlate(unrelated(10, 6, generator), options);
      across += found.across.flagged > 0 ? 1 : 0;
      within += found.within.flagged > 0 ? 1 : 0;
      warned += correlate::paradox_line(found, Contradiction::established).empty() ? 0 : 1;
    }
    CAPTURE(statistics::name(judged));
    // 5 % of 400 is 20, three standard deviations are 13; and something must be found at all.
    CHECK(across <= 33);
    CHECK(within <= 33);
    CHECK(across + within >= 10);
    CHECK(warned <= 5);
  }
}

TEST_CASE("correlate: what follows the score is flagged, with the right sign") {
  Generator generator(5);
  report::Report report = unrelated(10, 6, generator);
  for (report::RunReport& run : report.runs) {
    for (report::CheckpointReport& checkpoint : run.checkpoints) {
      checkpoint.summary.aggregates[2].mean = -*checkpoint.scores[0].value;
    }
  }
  correlate::Options options;
  options.metrics = {"*.mean"};
  const CorrelationReport found = correlated(report, options);
  CHECK(found.across.flagged == 1);
  CHECK(found.within.flagged == 1);
  CHECK(found.metrics[2].across.flagged);
  CHECK(found.metrics[2].within.coefficients[kSpearman].value == doctest::Approx(-1.0));
}

TEST_CASE("correlate: warns of a planted Simpson's paradox, of few runs and of many") {
  struct Size {
    std::size_t runs;
    std::size_t checkpoints;
  };
  for (const Size& size : {Size{3, 8}, Size{4, 6}, Size{6, 12}, Size{20, 5}}) {
    CAPTURE(size.runs);
    const CorrelationReport found = correlated(paradox(size.runs, size.checkpoints));
    const correlate::MetricResult& metric = found.metrics.at(0);
    CHECK(metric.across.coefficients[kSpearman].value == doctest::Approx(1.0));
    CHECK(metric.within.coefficients[kSpearman].value < -0.5);
    const bool is_few = size.runs < 5;  // Of whom all orders are 6 or 24.
    CHECK(metric.contradiction == (is_few ? Contradiction::possible : Contradiction::established));
    const std::string line = correlate::paradox_line(found, metric.contradiction);
    CHECK(line.find(is_few ? "perhaps Simpson's paradox" : "Simpson's paradox") == 0);
    CHECK(correlate::to_table(found, 10).find((is_few ? "? " : "! ") + line) != std::string::npos);
  }
}

TEST_CASE("correlate: a contradiction that is not perfect is not passed over for that") {
  report::Report report = paradox(5, 12);
  // Scores change places, so that the orders differ by one pair.
  for (std::size_t c = 0; c < report.runs[3].checkpoints.size(); ++c) {
    std::swap(report.runs[3].checkpoints[c].scores, report.runs[4].checkpoints[c].scores);
  }
  const correlate::MetricResult metric = correlated(report).metrics.at(0);
  CHECK(metric.across.coefficients[kSpearman].value == doctest::Approx(0.9));
  CHECK(metric.contradiction == Contradiction::possible);
}

TEST_CASE("correlate: a paradox is established for all metrics together, not for each") {
  const auto result = [](double value, double p) {
    correlate::CoefficientResult out;
    out.value = value;
    out.test = {.p = p, .smallest = 1e-4};
    return out;
  };
  const correlate::CoefficientResult up = result(0.8, 0.03);
  const correlate::CoefficientResult down = result(-0.9, 0.001);
  const correlate::BothViews opposite{.across = &up, .within = &down};
  const correlate::BothViews same{.across = &up, .within = &up};
  CHECK(correlate::contradictions(std::vector{opposite}, 0.05).at(0) == Contradiction::established);
  std::vector many(79, same);
  many[3] = opposite;
  CHECK(correlate::contradictions(many, 0.05).at(3) == Contradiction::none);
  CHECK(correlate::contradictions(many, 0.05).at(0) == Contradiction::none);
}

TEST_CASE("correlate: too few arrangements are not taken for too little data") {
  const CorrelationReport found =
      correlated(paradox(12, 6), {.permutations = {.draws = 9, .seed = 1}});
  CHECK(found.across.flagged == 0);
  CHECK(found.across.draws_needed == std::uint64_t(found.across.tried) * 20 - 1);
  CHECK(correlate::to_table(found, 10).find(
            fmt::format("--permutations {}", found.across.draws_needed)) != std::string::npos);
  CHECK(correlated(paradox(3, 6)).across.draws_needed == 0);
}

TEST_CASE("correlate: warns of no paradox where both views agree") {
  report::Report report = paradox(6, 8);
  for (report::RunReport& run : report.runs) {
    for (report::CheckpointReport& checkpoint : run.checkpoints) {
      checkpoint.scores[0].value = checkpoint.summary.aggregates[0].mean;
    }
  }
  const CorrelationReport found = correlated(report);
  CHECK(found.within.flagged == 1);
  CHECK(found.metrics.at(0).contradiction == Contradiction::none);
  CHECK(correlate::paradox_line(found, Contradiction::established).empty());
  CHECK(correlate::paradox_line(found, Contradiction::possible).empty());
}

TEST_CASE("correlate: a glob that matches nothing names the nearest metric") {
  CHECK_THROWS_WITH_AS(static_cast<void>(correlated(paradox(3, 4), {.metrics = {"rotation.maen"}})),
                       "--metric: no metric is called 'rotation.maen', did you mean "
                       "'rotation.mean'?",
                       Error);
}
