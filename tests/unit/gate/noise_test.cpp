#include "gate/noise.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "gate/parse_rule.hpp"
#include "statistics/generator.hpp"
#include "statistics/student.hpp"

using namespace hindcast;
using gate::Cause;
using gate::Finding;
using gate::Verdict;

namespace {

using Values = std::vector<std::optional<double>>;

// One checkpoint with a layer for each value: l0, l1, ...
report::Report report_of(const Values& rotations) {
  report::CheckpointReport checkpoint;
  checkpoint.name = "last";
  for (std::size_t i = 0; i < rotations.size(); ++i) {
    report::LayerReport layer;
    layer.name = fmt::format("l{}", i);
    layer.kind = "conv";
    layer.measured.rotation = rotations[i];
    layer.measured.weights = 1;
    checkpoint.layers.push_back(layer);
  }
  report::RunReport run;
  run.name = "run";
  run.checkpoints = {checkpoint};
  return {.options = {}, .runs = {run}};
}

gate::GateResult judged(const std::vector<std::string>& texts, const Values& report,
                        const std::vector<Values>& baselines,
                        const gate::NoiseOptions& options = {}) {
  std::vector<gate::Rule> rules;
  for (const std::string& text : texts) {
    rules.push_back(gate::parse_rule(text));
  }
  std::vector<report::Report> reports;
  for (const Values& one : baselines) {
    reports.push_back(report_of(one));
  }
  std::vector<const report::Report*> pointers;
  for (const report::Report& one : reports) {
    pointers.push_back(&one);
  }
  return gate::judge(rules, report_of(report), pointers, options);
}

Finding only_finding(const gate::GateResult& result) {
  REQUIRE(result.rules.size() == 1);
  REQUIRE(result.rules[0].findings.size() == 1);
  return result.rules[0].findings[0];
}

// Normal numbers, the same everywhere but for the last digits: Box and Muller.
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : generator_(seed) {}

  double next() {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

  // Runs whose layers scatter around 10 and a bit, some more than others; shifted by so many of
  // their standard deviations. What all layers of a run have in common makes them alike.
  Values run(std::size_t layers, double shift, double in_common) {
    const double common = next();
    Values out;
    for (std::size_t i = 0; i < layers; ++i) {
      const double noise =
          std::sqrt(1.0 - in_common) * next() + std::sqrt(in_common) * common + shift;
      const double scale = 0.1 * static_cast<double>(i + 1);
      out.emplace_back(10.0 + static_cast<double>(i) + scale * noise);
    }
    return out;
  }

 private:
  double uniform() {
    return (static_cast<double>(generator_.next() >> 11U) + 0.5) / 9007199254740992.0;  // 2^53
  }

  statistics::Generator generator_;
};

constexpr int kRounds = 2000;

struct Setting {
  std::vector<std::string> rules;
  std::size_t layers = 1;
  std::size_t baselines = 3;
  double false_alarms = 0.05;
  double shift = 0.0;
  double in_common = 0.0;
};

// How many of the rounds fail.
double share_of_failures(const Setting& setting) {
  Normal normal(20240601);
  int failures = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Values> baselines;
    for (std::size_t i = 0; i < setting.baselines; ++i) {
      baselines.push_back(normal.run(setting.layers, 0.0, setting.in_common));
    }
    const Values report = normal.run(setting.layers, setting.shift, setting.in_common);
    const gate::GateResult result =
        judged(setting.rules, report, baselines, {.false_alarms = setting.false_alarms});
    CHECK(result.verdict() != Verdict::could_not_judge);
    failures += result.verdict() == Verdict::fail ? 1 : 0;
  }
  return static_cast<double>(failures) / kRounds;
}

// What the gate itself says of a change by 3 standard deviations.
double stated_power(const Setting& setting) {
  Normal normal(7);
  std::vector<Values> baselines;
  for (std::size_t i = 0; i < setting.baselines; ++i) {
    baselines.push_back(normal.run(setting.layers, 0.0, 0.0));
  }
  return judged(setting.rules, baselines.front(), baselines, {.false_alarms = setting.false_alarms})
      .calibration->power.value_or(0.0);
}

// What chance leaves of a share in so many rounds: 3 standard deviations.
double luck(double share) {
  return 3.0 * std::sqrt(share * (1.0 - share) / kRounds);
}

}  // namespace

TEST_CASE("noise: a value is allowed Student's t for one more run like the others") {
  // Mean 2, standard deviation 1; t for 0.05 with 2 degrees is 2.91999.
  const std::vector<Values> baselines = {{1.0}, {2.0}, {3.0}};
  const double width = 2.9199855803555175 * std::sqrt(4.0 / 3.0);
  const Finding lower = only_finding(judged({"mean(rotation) >= baseline"}, {-1.0}, baselines));
  CHECK(lower.verdict == Verdict::pass);
  CHECK(*lower.baseline == doctest::Approx(2.0));
  CHECK(*lower.bound == doctest::Approx(2.0 - width));
  REQUIRE(lower.noise);
  CHECK(lower.noise->deviation == doctest::Approx(1.0));
  CHECK(lower.noise->allowed == doctest::Approx(width));
  CHECK(lower.noise->asked == doctest::Approx(2.0));
  const Finding upper = only_finding(judged({"mean(rotation) <= baseline"}, {5.5}, baselines));
  CHECK(upper.verdict == Verdict::fail);
  CHECK(*upper.bound == doctest::Approx(2.0 + width));
}

TEST_CASE("noise: equality fails on both sides, each with half of the false alarms") {
  const std::vector<Values> baselines = {{1.0}, {2.0}, {3.0}};
  const double width = 4.302652729911275 * std::sqrt(4.0 / 3.0);  // t of 0.025 with 2 degrees.
  const Finding below = only_finding(judged({"mean(rotation) == baseline"}, {-3.0}, baselines));
  const Finding above = only_finding(judged({"mean(rotation) == baseline"}, {7.0}, baselines));
  const Finding between = only_finding(judged({"mean(rotation) == baseline"}, {-2.9}, baselines));
  CHECK(*below.bound == doctest::Approx(2.0 - width));
  CHECK(below.comparison == gate::Comparison::at_least);
  CHECK(below.verdict == Verdict::fail);
  CHECK(*above.bound == doctest::Approx(2.0 + width));
  CHECK(above.verdict == Verdict::fail);
  CHECK(between.verdict == Verdict::pass);
}

TEST_CASE("noise: what the rule allows is allowed besides, what it demands is kept") {
  const std::vector<Values> baselines = {{9.0}, {10.0}, {11.0}};
  const gate::NoiseOptions two = {.deviations = 2.0};
  const auto bound = [&](const std::string& rule) {
    return *only_finding(judged({rule}, {10.0}, baselines, two)).bound;
  };
  CHECK(bound("mean(rotation) >= 0.5 * baseline") == doctest::Approx(5.0));  // Beyond the noise.
  CHECK(bound("mean(rotation) >= 0.9 * baseline") == doctest::Approx(8.0));  // Within it.
  CHECK(bound("mean(rotation) >= baseline + 3") == doctest::Approx(11.0));   // 13 less noise.
  CHECK(bound("mean(rotation) <= baseline + 5") == doctest::Approx(15.0));
  CHECK(bound("mean(rotation) < baseline - 1") == doctest::Approx(11.0));  // 9 and noise.
}

TEST_CASE("noise: the false alarms are divided among all comparisons of the gate") {
  const std::vector<Values> baselines = {{1.0, 5.0}, {2.0, 6.0}, {3.0, 8.0}, {2.5, 7.0}};
  const gate::GateResult result =
      judged({"each(rotation) >= baseline", "min(rotation) >= baseline", "max(rotation) <= 99"},
             {2.0, 6.0}, baselines, {.false_alarms = 0.06});
  REQUIRE(result.calibration);
  CHECK(result.calibration->comparisons == 3);
  CHECK(result.calibration->false_alarms == doctest::Approx(0.06));
  CHECK(result.calibration->most_of_one == doctest::Approx(0.02));
  const double allowed = statistics::student_quantile(0.02, 3) * std::sqrt(1.25);
  CHECK(result.rules[0].findings[0].noise->allowed == doctest::Approx(allowed));
  CHECK_FALSE(result.rules[2].findings[0].noise);
}

TEST_CASE("noise: of a number of deviations the false alarms are told") {
  const std::vector<Values> baselines = {{1.0, 5.0}, {2.0, 6.0}, {3.0, 8.0}, {2.5, 7.0}};
  const gate::GateResult result =
      judged({"each(rotation) >= baseline", "mean(rotation) == baseline"}, {2.0, 6.0}, baselines,
             {.deviations = 3.0});
  const double one_side = statistics::student_above(3.0 / std::sqrt(1.25), 3);
  CHECK(result.calibration->false_alarms == doctest::Approx(4.0 * one_side));
  CHECK(result.calibration->most_of_one == doctest::Approx(2.0 * one_side));
}

TEST_CASE("noise: a baseline without the value is left out, and that is told") {
  const std::vector<Values> baselines = {{1.0}, {std::nullopt}, {3.0}, {2.0}};
  const gate::GateResult result = judged({"each(rotation) >= baseline"}, {2.0}, baselines);
  const Finding finding = only_finding(result);
  CHECK(finding.verdict == Verdict::pass);
  CHECK(finding.noise->baselines == 3);
  CHECK(finding.noise->left_out == 1);
  CHECK(finding.noise->why_left_out == "in the baseline, no value for 'l0'");
  CHECK(result.calibration->with_fewer == 1);
}

TEST_CASE("noise: where too few have the value nothing is judged") {
  const std::vector<Values> baselines = {{1.0, 1.0}, {3.0}, {2.0}, {2.0, 3.0}};
  const gate::GateResult result = judged({"each(rotation) >= baseline"}, {2.0, 2.0}, baselines);
  const Finding& finding = result.rules[0].findings[1];
  CHECK(finding.verdict == Verdict::could_not_judge);
  CHECK(finding.cause == Cause::not_measured);
  CHECK(finding.reason ==
        "noise takes at least 3 baselines with a value, and 2 of 4 have one: the baseline has no "
        "such layer");
  CHECK(result.calibration->comparisons == 1);
}

TEST_CASE("noise: a layer that any baseline has and the report lacks is never a pass") {
  const std::vector<Values> baselines = {{1.0, 1.0}, {3.0}, {2.0}};
  const gate::GateResult result = judged({"each(rotation) >= baseline"}, {2.0}, baselines);
  CHECK(result.verdict() == Verdict::could_not_judge);
  CHECK(result.rules[0].findings[1].reason == "this layer of the baseline is missing");
}

TEST_CASE("noise: where all baselines are the same a change cannot be told from chance") {
  const std::vector<Values> baselines = {{0.1}, {0.1}, {0.1}, {0.1}, {0.1}};
  const auto judge = [&](double value) {
    return judged({"mean(rotation) >= baseline"}, {value}, baselines);
  };
  CHECK(judge(0.1).verdict() == Verdict::pass);
  CHECK(judge(0.2).verdict() == Verdict::pass);
  const gate::GateResult result = judge(0.0999);
  const Finding finding = only_finding(result);
  CHECK(finding.verdict == Verdict::could_not_judge);
  CHECK(finding.cause == Cause::no_noise);
  CHECK(finding.reason ==
        "0.0999 is not >= 0.1, but the 5 baselines are all the same here, so that change cannot be "
        "told from chance");
  CHECK(result.calibration->comparisons == 0);
  CHECK(result.calibration->without_noise == 1);
  CHECK(result.calibration->false_alarms == 0.0);
  CHECK_FALSE(result.calibration->power);
}

TEST_CASE("noise: baselines that differ by rounding alone are the same") {
  const double next = std::nextafter(0.7, 1.0);
  const std::vector<Values> baselines = {{0.7}, {next}, {0.7}};
  CHECK(judged({"mean(rotation) >= baseline"}, {0.7}, baselines).verdict() == Verdict::pass);
  CHECK(judged({"mean(rotation) <= baseline"}, {next}, baselines).verdict() == Verdict::pass);
}

TEST_CASE("noise: two baselines judge nothing that is compared with them") {
  const gate::GateResult result = judged({"mean(rotation) >= baseline"}, {2.0}, {{1.0}, {2.0}});
  CHECK(only_finding(result).verdict == Verdict::could_not_judge);
}

TEST_CASE("noise: a value that is not known fails where noise could not excuse any") {
  const std::vector<Values> baselines = {{1.0, 2.0}, {2.0, 3.0}, {3.0, 4.0}};
  const auto verdict = [&](double known) {
    return judged({"min(rotation) >= baseline"}, {known, std::nullopt}, baselines).verdict();
  };
  CHECK(verdict(-9.0) == Verdict::fail);
  CHECK(verdict(2.0) == Verdict::could_not_judge);
}

TEST_CASE("noise: of 2000 gates without a change no more fail than stated") {
  const std::vector<std::string> one = {"mean(rotation) >= baseline"};
  const std::vector<std::string> many = {"each(rotation) >= baseline", "mean(rotation) == baseline",
                                         "max(rotation) <= 1.05 * baseline"};
  for (const Setting& setting :
       {Setting{.rules = one, .baselines = 3}, Setting{.rules = one, .baselines = 8},
        Setting{.rules = one, .baselines = 5, .false_alarms = 0.2},
        Setting{.rules = many, .layers = 6, .baselines = 3},
        Setting{.rules = many, .layers = 6, .baselines = 5, .false_alarms = 0.1},
        Setting{.rules = many, .layers = 12, .baselines = 8, .in_common = 0.8}}) {
    const double share = share_of_failures(setting);
    CAPTURE(setting.baselines);
    CAPTURE(setting.layers);
    CAPTURE(setting.false_alarms);
    CAPTURE(share);
    CHECK(share <= setting.false_alarms + luck(setting.false_alarms));
    if (setting.rules.size() == 1) {  // Of a single comparison the rate is exact.
      CHECK(share >= setting.false_alarms - luck(setting.false_alarms));
    }
  }
}

TEST_CASE("noise: a change of 3 standard deviations is found as often as stated") {
  struct Row {
    Setting setting;
    double at_least;
  };
  const std::vector<std::string> one = {"mean(rotation) >= baseline"};
  const std::vector<std::string> each = {"each(rotation) >= baseline"};
  for (const Row& row :
       {Row{{.rules = one, .baselines = 8, .false_alarms = 0.1, .shift = -3.0}, 0.9},
        Row{{.rules = one, .baselines = 3, .false_alarms = 0.2, .shift = -3.0}, 0.9},
        Row{{.rules = one, .baselines = 3, .shift = -3.0}, 0.5},
        Row{{.rules = one, .baselines = 5, .shift = -3.0}, 0.69},
        // Every one of many layers that differ by chances of their own.
        Row{{.rules = each, .layers = 12, .baselines = 6, .shift = -3.0}, 0.9}}) {
    const double share = share_of_failures(row.setting);
    CAPTURE(row.setting.layers);
    CAPTURE(row.setting.baselines);
    CAPTURE(share);
    CHECK(share >= row.at_least);
    if (row.setting.layers == 1) {
      const double stated = stated_power(row.setting);
      CAPTURE(stated);
      CHECK(std::abs(share - stated) <= luck(stated));
    }
  }
}
