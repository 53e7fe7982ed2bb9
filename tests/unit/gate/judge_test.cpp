#include "gate/judge.hpp"

#include <array>

#include <doctest/doctest.h>

#include "hindcast/metrics/summary.hpp"

#include "gate/measure_rule.hpp"
#include "gate/parse_rule.hpp"

using namespace hindcast;
using gate::Cause;
using gate::Verdict;

namespace {

struct Layer {
  std::string name;
  std::optional<double> rotation;
  std::uint64_t weights = 1;
  std::string kind = "conv";
};

report::CheckpointReport checkpoint(const std::string& name, std::int64_t epoch,
                                    const std::vector<Layer>& layers) {
  report::CheckpointReport out;
  out.name = name;
  out.epoch = epoch;
  std::vector<const metrics::LayerMeasurement*> measured;
  for (const Layer& layer : layers) {
    report::LayerReport one;
    one.name = layer.name;
    one.kind = layer.kind;
    one.measured.weights = layer.weights;
    one.measured.rotation = layer.rotation;
    one.measured.unfoldings.resize(1);
    out.layers.push_back(one);
  }
  for (const report::LayerReport& one : out.layers) {
    measured.push_back(&one.measured);
  }
  out.summary = metrics::summarise(measured);
  return out;
}

report::Report report_of(std::vector<report::CheckpointReport> checkpoints,
                         const std::string& run = "run") {
  report::RunReport one;
  one.name = run;
  one.checkpoints = std::move(checkpoints);
  return {.options = {}, .runs = {one}};
}

gate::RuleResult judged(std::string_view rule, const report::Report& report,
                        const report::Report* baseline = nullptr) {
  return gate::judge({gate::parse_rule(rule)}, report, baseline).rules.at(0);
}

const std::vector<Layer> kLayers = {
    {.name = "a", .rotation = 0.5, .weights = 1},
    {.name = "b", .rotation = 0.25, .weights = 3},
    {.name = "c", .rotation = 1.0, .weights = 4},
    {.name = "d", .rotation = 0.125, .weights = 8, .kind = "linear"}};
const std::vector<Layer> kNullLayer = {{.name = "a", .rotation = 0.5},
                                       {.name = "b", .rotation = std::nullopt}};

struct Value {
  std::string_view subject;
  double value;
};

// By hand from kLayers.
constexpr std::array kValues = {
    Value{"min(rotation)", 0.125},
    Value{"max(rotation)", 1.0},
    Value{"mean(rotation)", 1.875 / 4},
    Value{"weighted_mean(rotation)", (0.5 + 0.75 + 4.0 + 1.0) / 16},
    Value{"median(rotation)", 0.375},
    Value{"quantile(rotation, 0)", 0.125},
    Value{"quantile(rotation, 1)", 1.0},
    Value{"quantile(rotation, 0.1)", 0.7 * 0.125 + 0.3 * 0.25},
    Value{"count(rotation)", 4.0},
    Value{"count(rotation, kind=linear)", 1.0},
    Value{"mean(rotation, layers=['a', 'b'])", 0.375},
    Value{"max(rotation, kind=linear)", 0.125},
    Value{"summary.rotation.mean", 1.875 / 4},
    Value{"summary.rotation.weighted_mean", 6.25 / 16},
    Value{"rotation_past_half", 0.5},
};

struct Case {
  std::string_view rule;
  Verdict verdict;
  Cause cause = Cause::none;
};

void check_cases(std::span<const Case> cases, const report::Report& report,
                 const report::Report* baseline) {
  for (const Case& one : cases) {
    CAPTURE(one.rule);
    const gate::RuleResult result = judged(one.rule, report, baseline);
    CHECK(gate::name(result.verdict) == gate::name(one.verdict));
    bool has_cause = one.cause == Cause::none;
    for (const gate::Finding& finding : result.findings) {
      has_cause = has_cause || finding.cause == one.cause;
      CHECK((finding.verdict == Verdict::could_not_judge) == (finding.cause != Cause::none));
      CHECK((finding.verdict == Verdict::could_not_judge) == !finding.reason.empty());
    }
    CHECK(has_cause);
  }
}

constexpr Verdict kPass = Verdict::pass;
constexpr Verdict kFail = Verdict::fail;
constexpr Verdict kUnjudged = Verdict::could_not_judge;

}  // namespace

TEST_CASE("judge: aggregates are what they are by hand") {
  const report::Report report = report_of({checkpoint("last", 1, kLayers)});
  for (const Value& value : kValues) {
    CAPTURE(value.subject);
    const gate::RuleResult result = judged(std::string(value.subject) + " >= 0", report);
    CHECK(result.findings.at(0).value.value() == doctest::Approx(value.value).epsilon(1e-15));
  }
}

TEST_CASE("judge: quantiles stay between the values, however large") {
  CHECK(gate::quantile({-1.7e308, 1.7e308}, 0.5) == 0.0);
  CHECK(gate::quantile({3.0}, 0.7) == 3.0);
  CHECK(gate::quantile({1.0, 2.0, 4.0}, 0.75) == 3.0);
}

TEST_CASE("judge: comparisons hold and fail at the bound as they say") {
  constexpr std::array kCases = {
      Case{"min(rotation) >= 0.125", kPass},   Case{"min(rotation) > 0.125", kFail},
      Case{"max(rotation) <= 1", kPass},       Case{"max(rotation) < 1", kFail},
      Case{"max(rotation) == 1", kPass},       Case{"max(rotation) == 1.5", kFail},
      Case{"each(rotation) > 0.125", kFail},   Case{"each(rotation) > 0.1", kPass},
      Case{"max(rotation) > 0 and < 1", kFail}};
  check_cases(kCases, report_of({checkpoint("last", 1, kLayers)}), nullptr);
}

TEST_CASE("judge: a missing value is never a pass, and a failure if it is one anyway") {
  constexpr std::array kCases = {
      Case{"min(rotation) >= 0.1", kUnjudged, Cause::not_measured},
      Case{"min(rotation) >= 0.6", kFail},  // The missing one can only lower it.
      Case{"min(rotation) <= 0.6", kUnjudged, Cause::not_measured},
      Case{"max(rotation) <= 0.6", kUnjudged, Cause::not_measured},
      Case{"max(rotation) <= 0.4", kFail}, Case{"max(rotation) == 0.4", kFail},
      Case{"max(rotation) == 0.6", kUnjudged, Cause::not_measured},
      Case{"mean(rotation) >= 0.6", kUnjudged, Cause::not_measured},
      Case{"count(rotation) <= 0", kFail}, Case{"count(rotation) >= 3", kFail},
      Case{"count(rotation) >= 2", kUnjudged, Cause::not_measured},
      Case{"count(rotation) >= 1", kUnjudged, Cause::not_measured},
      Case{"each(rotation) >= 0.1", kUnjudged, Cause::not_measured},
      Case{"each(rotation) >= 0.6", kFail},
      // The summary leaves the layer out and says so by its count.
      Case{"summary.rotation.mean >= 0.1", kUnjudged, Cause::not_measured},
      Case{"summary.rotation.min >= 0.6", kFail},
      Case{"rotation_spread <= 9", kUnjudged, Cause::not_measured},
      Case{"distance_from_init_frobenius <= 9", kUnjudged, Cause::not_measured},
      Case{"max(stable_rank) <= 9", kUnjudged, Cause::not_measured},
      Case{"max(stable_rank, nulls=ignore) <= 9", kUnjudged, Cause::not_measured},
      Case{"each(stable_rank, nulls=ignore) <= 9", kUnjudged, Cause::not_measured},
      Case{"count(rotation, nulls=ignore) == 1", kPass},
      Case{"min(rotation, nulls=ignore) >= 0.1", kPass},
      Case{"each(rotation, nulls=ignore) >= 0.1", kPass},
      Case{"value(summary.rotation.mean, nulls=ignore) >= 0.1", kPass}};
  check_cases(kCases, report_of({checkpoint("last", 1, kNullLayer)}), nullptr);
}

TEST_CASE("judge: a rule that selects nothing could not judge") {
  constexpr std::array kCases = {
      Case{"min(rotation, layers='x*') >= 0", kUnjudged, Cause::nothing_matched},
      Case{"each(rotation, kind=recurrent) >= 0", kUnjudged, Cause::nothing_matched},
      Case{"count(rotation, layers='x*') == 0", kUnjudged, Cause::nothing_matched},
      Case{"min(rotation, runs='x*') >= 0", kUnjudged, Cause::nothing_matched},
      Case{"min(rotation, steps=1..) >= 0", kUnjudged, Cause::nothing_matched},
      Case{"min(rotation, epochs=5..) >= 0", kUnjudged, Cause::nothing_matched}};
  const report::Report report = report_of({checkpoint("last", 1, kLayers)});
  check_cases(kCases, report, nullptr);
  check_cases(std::array{Case{"min(rotation) >= 0", kUnjudged, Cause::nothing_matched}},
              report::Report{}, nullptr);
  check_cases(std::array{Case{"min(rotation) >= 0", kUnjudged, Cause::nothing_matched}},
              report_of({}), nullptr);
}

TEST_CASE("judge: checkpoints are the last, every one or a range, each judged by itself") {
  const report::Report report = report_of({checkpoint("init", -1, {{.name = "a", .rotation = 0.0}}),
                                           checkpoint("e0", 0, {{.name = "a", .rotation = 0.5}}),
                                           checkpoint("e1", 1, {{.name = "a", .rotation = 0.75}})});
  CHECK(judged("min(rotation) > 0", report).findings.size() == 1);
  const gate::RuleResult every = judged("min(rotation, checkpoints=every) > 0", report);
  CHECK(every.findings.size() == 3);
  CHECK(every.verdict == kFail);
  CHECK(every.findings.at(0).checkpoint == "init");
  CHECK(every.findings.at(0).layer == "a");
  CHECK(judged("min(rotation, epochs=0..) > 0", report).verdict == kPass);
  CHECK(judged("min(rotation, epochs=..0) > 0", report).findings.size() == 2);
  CHECK(judged("min(rotation, epochs=1) == 0.75", report).verdict == kPass);
}

TEST_CASE("judge: against a baseline") {
  constexpr std::array kCases = {Case{"mean(rotation) >= baseline", kPass},
                                 Case{"mean(rotation) >= 1.5 * baseline", kPass},
                                 Case{"mean(rotation) >= 2.5 * baseline", kFail},
                                 Case{"mean(rotation) >= baseline + 0.5", kFail},
                                 Case{"mean(rotation) <= baseline - 0.1", kFail},
                                 Case{"each(rotation) >= 2 * baseline", kPass},
                                 Case{"summary.rotation.mean >= 2 * baseline", kPass},
                                 Case{"mean(rotation) >= baseline + 0.5 * |baseline|", kPass}};
  std::vector<Layer> halved = kLayers;
  for (Layer& layer : halved) {
    layer.rotation = *layer.rotation / 2;
  }
  const report::Report report = report_of({checkpoint("last", 1, kLayers)});
  const report::Report baseline =
      report_of({checkpoint("first", 0, kLayers), checkpoint("final", 7, halved)}, "other name");
  check_cases(kCases, report, &baseline);
}

TEST_CASE("judge: what the baseline lacks makes the rule impossible to judge") {
  const report::Report report = report_of({checkpoint("last", 1, kLayers)});
  constexpr std::array kNone = {Case{"mean(rotation) >= baseline", kUnjudged, Cause::no_baseline},
                                Case{"each(rotation) >= baseline", kUnjudged, Cause::no_baseline},
                                Case{"mean(rotation) >= 2 and >= baseline", kFail}};
  check_cases(kNone, report, nullptr);

  constexpr std::array kLacking = {
      Case{"mean(rotation) >= baseline", kUnjudged, Cause::not_measured},
      Case{"each(rotation) >= baseline", kUnjudged, Cause::not_measured},
      Case{"summary.rotation.mean >= baseline", kUnjudged, Cause::not_measured}};
  std::vector<Layer> fewer = kLayers;
  fewer.pop_back();
  std::vector<Layer> more = kLayers;
  more.push_back({.name = "e", .rotation = 0.1});
  std::vector<Layer> unmeasured = kLayers;
  unmeasured[0].rotation.reset();
  for (const auto& layers : {fewer, more, unmeasured}) {
    const report::Report baseline = report_of({checkpoint("last", 1, layers)});
    check_cases(kLacking, report, &baseline);
  }
  const report::Report empty = report_of({});
  check_cases(kLacking, report, &empty);

  const report::Report zero = report_of({checkpoint("last", 1, {{.name = "a", .rotation = 0.0}})});
  constexpr std::array kZero = {
      Case{"max(rotation) >= baseline + 0.1 * |baseline|", kUnjudged, Cause::not_measured},
      Case{"max(rotation) >= 1.1 * baseline", kPass}};
  check_cases(kZero, zero, &zero);
}

TEST_CASE("judge: runs are matched by name, checkpoints by their moment") {
  report::Report report = report_of({checkpoint("x", 3, kLayers)}, "one");
  report.runs.push_back(report_of({checkpoint("x", 3, kLayers)}, "two").runs[0]);
  report::Report baseline = report_of({checkpoint("y", 3, kLayers)}, "two");
  const auto every = [&] {
    return judged("mean(rotation, checkpoints=every) == baseline", report, &baseline).findings;
  };
  CHECK(every().at(0).cause == Cause::not_measured);
  CHECK(every().at(1).verdict == kPass);
  baseline.runs[0].checkpoints[0].epoch = 4;
  CHECK(every().at(1).reason == "the baseline has no such checkpoint");
  baseline.runs[0].checkpoints[0].epoch.reset();
  CHECK(every().at(1).reason == "the baseline has no such checkpoint");
  baseline.runs[0].checkpoints[0].name = "x";
  CHECK(every().at(1).verdict == kPass);
}

TEST_CASE("judge: a run of the baseline that vanished is never a pass") {
  const report::Report one = report_of({checkpoint("x", 3, kLayers)}, "one");
  report::Report both = one;
  both.runs.push_back(report_of({checkpoint("x", 3, kLayers)}, "two").runs[0]);
  const gate::RuleResult lacking = judged("mean(rotation) >= baseline", one, &both);
  CHECK(lacking.verdict == kUnjudged);
  REQUIRE(lacking.findings.size() == 2);
  CHECK(lacking.findings[0].verdict == kPass);
  CHECK(lacking.findings[1].run == "two");
  CHECK(lacking.findings[1].reason == "this run of the baseline is missing");
  CHECK(judged("each(rotation) >= baseline", one, &both).verdict == kUnjudged);
  CHECK(judged("mean(rotation, runs='t*') >= baseline", one, &both).verdict == kUnjudged);
  CHECK(judged("mean(rotation, runs='o*') >= baseline", one, &both).verdict == kPass);
  CHECK(judged("mean(rotation) >= 0", one, &both).verdict == kPass);
}

TEST_CASE("judge: a checkpoint of the baseline that vanished is never a pass") {
  const auto run_until = [](std::int64_t last) {
    std::vector<report::CheckpointReport> checkpoints;
    for (std::int64_t epoch = 1; epoch <= last; ++epoch) {
      checkpoints.push_back(checkpoint(std::to_string(epoch), epoch, kLayers));
      checkpoints.back().step = 100 * epoch;
    }
    return report_of(checkpoints);
  };
  constexpr std::array kCases = {
      Case{"mean(rotation, checkpoints=every) >= baseline", kUnjudged, Cause::not_measured},
      Case{"each(rotation, checkpoints=every) >= baseline", kUnjudged, Cause::not_measured},
      Case{"mean(rotation, epochs=2..) >= baseline", kUnjudged, Cause::not_measured},
      Case{"mean(rotation, epochs=..3) >= baseline", kUnjudged, Cause::not_measured},
      Case{"mean(rotation, steps=200..300) >= baseline", kUnjudged, Cause::not_measured},
      Case{"mean(rotation, epochs=..2) >= baseline", kPass},
      Case{"mean(rotation, steps=..250) >= baseline", kPass},
      Case{"mean(rotation, checkpoints=every) >= 0", kPass},
      Case{"mean(rotation) >= baseline", kPass}};
  const report::Report report = run_until(2);
  const report::Report baseline = run_until(3);
  check_cases(kCases, report, &baseline);
  const gate::RuleResult lacking = judged(kCases[0].rule, report, &baseline);
  CHECK(lacking.findings.back().checkpoint == "3");
  CHECK(lacking.findings.back().step == 300);
  CHECK(lacking.findings.back().reason == "this checkpoint of the baseline is missing");
  CHECK(judged(kCases[0].rule, baseline, &baseline).verdict == kPass);
}

TEST_CASE("judge: an extreme that is not known names the layer without a value") {
  const report::Report report = report_of({checkpoint("last", 1, kNullLayer)});
  const report::Report whole = report_of(
      {checkpoint("last", 1, {{.name = "a", .rotation = 0.5}, {.name = "b", .rotation = 0.25}})});
  for (const std::string_view rule : {"min(rotation) >= 0.1", "max(rotation) <= 0.6"}) {
    CAPTURE(rule);
    const gate::Finding finding = judged(rule, report).findings.at(0);
    CHECK(finding.layer == "b");
    CHECK(!finding.value);
  }
  CHECK(judged("min(rotation) >= baseline", whole, &report).findings.at(0).layer == "b");
  CHECK(judged("min(rotation) >= 0.6", report).findings.at(0).layer == "a");  // It fails for sure.
  CHECK(judged("mean(rotation) >= 0.1", report).findings.at(0).layer.empty());
}

TEST_CASE("judge: numbers of unfoldings are their mean, or those of one") {
  report::CheckpointReport one = checkpoint("last", 1, {{.name = "a", .rotation = 0.5}});
  auto& sides = one.layers[0].measured.unfoldings;
  sides.resize(2);
  sides[0].unfolding = tensor::Unfolding::output;
  sides[1].unfolding = tensor::Unfolding::input;
  sides[0].smallest_singular_value = 0.5;
  sides[1].smallest_singular_value = 1.5;
  sides[0].exact.value = spectral::LowRank{.rank = 3, .noise_variance = 0.25};
  sides[1].exact.value = spectral::LowRank{.rank = 6, .noise_variance = 0.75};
  sides[0].reference.value = spectral::LowRank{.rank = 7, .knowledge_gain = 0.125};
  constexpr std::array kExpected = {Value{"rank", 4.5},
                                    Value{"rank@input", 6.0},
                                    Value{"low_rank.exact.rank@output", 3.0},
                                    Value{"low_rank.exact.noise_variance", 0.5},
                                    Value{"noise_variance@output", 0.25},
                                    Value{"smallest_singular_value", 1.0},
                                    Value{"smallest_singular_value@input", 1.5},
                                    Value{"low_rank.reference.knowledge_gain@output", 0.125},
                                    Value{"low_rank.reference.rank@output", 7.0},
                                    Value{"summary.rotation.layers", 1.0}};
  const report::Report report = report_of({one});
  for (const Value& value : kExpected) {
    CAPTURE(value.subject);
    CHECK(judged(std::string(value.subject) + " >= 0", report).findings.at(0).value == value.value);
  }
  constexpr std::array kMissing = {
      Case{"min(low_rank.reference.rank) >= 0", kUnjudged, Cause::not_measured},
      Case{"min(low_rank.reference.rank@input) >= 0", kUnjudged, Cause::not_measured}};
  check_cases(kMissing, report, nullptr);
}
