#include "gate/window.hpp"

#include <array>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "gate/judge.hpp"
#include "gate/parse_rule.hpp"

using namespace hindcast;
using gate::Cause;
using gate::Trend;
using gate::Verdict;

namespace {

using Values = std::vector<std::optional<double>>;

// A checkpoint an epoch, each with the layers l0, l1, ... and the mean of their rotations.
report::Report report_of(const std::vector<Values>& checkpoints) {
  report::RunReport run;
  run.name = "run";
  for (std::size_t epoch = 0; epoch < checkpoints.size(); ++epoch) {
    report::CheckpointReport checkpoint;
    checkpoint.name = fmt::format("e{}", epoch);
    checkpoint.epoch = static_cast<std::int64_t>(epoch);
    std::vector<const metrics::LayerMeasurement*> measured;
    for (std::size_t i = 0; i < checkpoints[epoch].size(); ++i) {
      report::LayerReport layer;
      layer.name = fmt::format("l{}", i);
      layer.kind = "conv";
      layer.measured.weights = 1;
      layer.measured.rotation = checkpoints[epoch][i];
      layer.measured.unfoldings.resize(1);
      checkpoint.layers.push_back(layer);
    }
    for (const report::LayerReport& layer : checkpoint.layers) {
      measured.push_back(&layer.measured);
    }
    checkpoint.summary = metrics::summarise(measured);
    run.checkpoints.push_back(checkpoint);
  }
  return {.options = {}, .runs = {run}};
}

gate::RuleResult judged(std::string_view rule, const std::vector<Values>& checkpoints) {
  return gate::judge({gate::parse_rule(rule)}, report_of(checkpoints), nullptr).rules.at(0);
}

// Judged alone, by a rule that any value passes.
double value_of(std::string_view subject, const std::vector<Values>& checkpoints) {
  const gate::RuleResult result = judged(fmt::format("{} >= -1e9", subject), checkpoints);
  REQUIRE(result.findings.size() == 1);
  REQUIRE(result.findings[0].value);
  return *result.findings[0].value;
}

const std::vector<Values> kRun = {{9.0}, {1.0}, {2.0}, {6.0}, {5.0}};

}  // namespace

TEST_CASE("trend: each measure is what it is by hand") {
  constexpr std::array kValues = {1.0, 2.0, 6.0, 5.0};
  // Around the middle: (-1.5 * 1 - 0.5 * 2 + 0.5 * 6 + 1.5 * 5) / 5.
  CHECK(gate::trend_of(Trend::By::slope, kValues) == doctest::Approx(1.6));
  CHECK(gate::trend_of(Trend::By::change, kValues) == 4.0);
  CHECK(gate::trend_of(Trend::By::smallest_step, kValues) == -1.0);
  CHECK(gate::trend_of(Trend::By::largest_step, kValues) == 4.0);
}

TEST_CASE("trend: it is over the last checkpoints, of layers, aggregates and the summary") {
  CHECK(value_of("mean(rotation, trend=4)", kRun) == doctest::Approx(1.6));
  CHECK(value_of("each(rotation, trend=2)", kRun) == -1.0);
  CHECK(value_of("value(summary.rotation.mean, trend=4, trend_by=change)", kRun) == 4.0);
  CHECK(value_of("max(rotation, trend=5, trend_by=smallest_step)", kRun) == -8.0);
  CHECK(value_of("mean(rotation, trend=2, epochs=..3)", kRun) == 4.0);
  const gate::RuleResult result = judged("each(rotation, trend=3) >= 0", kRun);
  CHECK(result.findings[0].checkpoint == "e4");
  CHECK(result.findings[0].layer == "l0");
  CHECK(judged("each(rotation, trend=2) >= 0", kRun).verdict == Verdict::fail);
}

TEST_CASE("trend: a run with too few checkpoints cannot be judged") {
  const gate::RuleResult result = judged("mean(rotation, trend=6) >= 0", kRun);
  CHECK(result.verdict == Verdict::could_not_judge);
  CHECK(result.findings[0].cause == Cause::nothing_matched);
  CHECK(result.findings[0].reason == "the trend is over 6 checkpoints, and there are 5");
  CHECK(judged("mean(rotation, trend=2, epochs=4..) >= 0", kRun).findings[0].reason ==
        "the trend is over 2 checkpoints, and there is 1");
}

TEST_CASE("trend: a value that is missing anywhere on the way is told with its checkpoint") {
  const std::vector<Values> run = {{1.0, 1.0}, {1.0, std::nullopt}, {2.0, 3.0}};
  for (const std::string_view rule :
       {"mean(rotation, trend=3) >= 0", "min(rotation, trend=3) >= 99",
        "value(summary.rotation.min, trend=3) >= 99"}) {
    CAPTURE(rule);
    const gate::RuleResult result = judged(rule, run);
    CHECK(result.verdict == Verdict::could_not_judge);
    CHECK(result.findings[0].reason.find("at checkpoint 'e1'") != std::string::npos);
  }
  const gate::RuleResult each = judged("each(rotation, trend=3) >= 0", run);
  CHECK(each.findings[0].verdict == Verdict::pass);
  CHECK(each.findings[1].reason == "no value for 'l1' at checkpoint 'e1'");
  CHECK(judged("mean(rotation, trend=3, nulls=ignore) >= 0", run).verdict == Verdict::pass);
  CHECK(judged("each(rotation, trend=3, nulls=ignore) >= 0", run).findings.size() == 1);
}

TEST_CASE("trend: a layer that came later has no value before") {
  const std::vector<Values> run = {{1.0}, {1.0, 2.0}, {2.0, 3.0}};
  const gate::RuleResult result = judged("each(rotation, trend=3) >= 0", run);
  CHECK(result.verdict == Verdict::could_not_judge);
  CHECK(result.findings[1].reason == "no value for 'l1' at checkpoint 'e0'");
  CHECK(judged("each(rotation, trend=2) >= 0", run).verdict == Verdict::pass);
}

TEST_CASE("trend: a baseline's is over as many of its own last checkpoints") {
  const report::Report report = report_of(kRun);
  const report::Report longer = report_of({{0.0}, {0.0}, {0.0}, {1.0}, {2.0}, {3.0}});
  const gate::RuleResult result =
      gate::judge({gate::parse_rule("mean(rotation, trend=3) >= baseline")}, report, &longer)
          .rules.at(0);
  CHECK(*result.findings[0].baseline == doctest::Approx(1.0));
  CHECK(*result.findings[0].value == doctest::Approx(1.5));
  CHECK(result.verdict == Verdict::pass);
  const report::Report steep = report_of({{0.0}, {2.0}, {5.0}});
  const report::Report flat = report_of({{1.0}, {1.0}, {1.0}});
  const std::vector<const report::Report*> several = {&longer, &steep, &flat};
  const gate::RuleResult noisy =
      gate::judge({gate::parse_rule("mean(rotation, trend=3) >= baseline")}, report, several, {})
          .rules.at(0);
  CHECK(*noisy.findings[0].baseline == doctest::Approx((1.0 + 2.5 + 0.0) / 3.0));
  CHECK(noisy.findings[0].noise->baselines == 3);
  const report::Report shorter = report_of({{0.0}});
  const gate::RuleResult without =
      gate::judge({gate::parse_rule("mean(rotation, trend=3) >= baseline")}, report, &shorter)
          .rules.at(0);
  CHECK(without.findings[0].reason ==
        "in the baseline, the trend is over 3 checkpoints, and there is 1");
}
