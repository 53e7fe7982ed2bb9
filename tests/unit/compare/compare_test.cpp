#include "compare/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/summary.hpp"

#include "compare/change.hpp"

using namespace hindcast;
using compare::Change;
using compare::Effect;
using metrics::Better;

namespace {

constexpr double kMax = std::numeric_limits<double>::max();

struct Layer {
  std::string name;
  std::optional<double> rotation;
  std::optional<double> stable_rank = {};
  std::optional<metrics::Status> status = {};
};

report::CheckpointReport checkpoint(const std::string& name, const std::vector<Layer>& layers) {
  report::CheckpointReport out;
  out.name = name;
  std::vector<const metrics::LayerMeasurement*> measured;
  for (const Layer& layer : layers) {
    report::LayerReport one;
    one.name = layer.name;
    one.shape = {2, 3};
    one.measured.weights = 6;
    one.measured.rotation = layer.rotation;
    one.measured.unfoldings.resize(1);
    one.measured.unfoldings[0].stable_rank = layer.stable_rank;
    if (layer.status) {
      one.measured.status.add(*layer.status);
    }
    out.layers.push_back(one);
  }
  for (const report::LayerReport& one : out.layers) {
    measured.push_back(&one.measured);
  }
  out.summary = metrics::summarise(measured);
  return out;
}

report::Report report_of(std::vector<report::CheckpointReport> checkpoints) {
  report::RunReport run;
  run.name = "run";
  run.initial.checkpoint = "init";
  run.checkpoints = std::move(checkpoints);
  return {.options = {}, .runs = {run}};
}

compare::Pair pair_of(const std::vector<Layer>& a, const std::vector<Layer>& b,
                      const compare::Options& options = {}) {
  return compare::compare(report_of({checkpoint("a", a)}), report_of({checkpoint("b", b)}), options)
      .pairs.at(0);
}

// With values of every magnitude and sign, and missing ones.
std::vector<Layer> random_layers(std::mt19937& random) {
  std::vector<Layer> out;
  std::uniform_int_distribution<int> kind(0, 5);
  std::lognormal_distribution<double> magnitude(0.0, 50.0);
  const auto value = [&]() -> std::optional<double> {
    switch (kind(random)) {
      case 0:
        return std::nullopt;
      case 1:
        return 0.0;
      case 2:
        return 0.5;
      case 3:
        return -magnitude(random);
      default:
        return magnitude(random);
    }
  };
  for (int i = 0; i < 8; ++i) {
    const bool is_broken = kind(random) == 0;
    out.push_back(
        {.name = std::to_string(i),
         .rotation = value(),
         .stable_rank = value(),
         .status = is_broken ? std::optional(metrics::Status::non_finite) : std::nullopt});
  }
  return out;
}

Effect opposite(Effect effect) {
  switch (effect) {
    case Effect::worse:
      return Effect::better;
    case Effect::lost:
      return Effect::gained;
    case Effect::gained:
      return Effect::lost;
    case Effect::better:
      return Effect::worse;
    case Effect::changed:
    case Effect::same:
      break;
  }
  return effect;
}

const Change& named_like(const Change& change, const std::vector<Change>& changes) {
  return *std::ranges::find_if(changes, [&](const Change& one) {
    return one.layer_a == change.layer_a && one.metric == change.metric;
  });
}

std::vector<std::string> layers_of(const std::vector<Change>& changes) {
  std::vector<std::string> names;
  for (const Change& change : changes) {
    names.push_back(change.layer_a);
  }
  return names;
}

}  // namespace

TEST_CASE("compare: the change is what B has less what A has, and its share of A") {
  const Change change = compare::change_of({.a = -4.0, .b = -1.0, .better = Better::higher});
  CHECK(*change.change == 3.0);
  CHECK(*change.relative == 0.75);
  CHECK(change.effect == Effect::better);
}

TEST_CASE("compare: no change of any values is infinite or NaN") {
  const Change far = compare::change_of({.a = -kMax, .b = kMax, .better = Better::higher});
  CHECK_FALSE(far.change.has_value());
  CHECK(*far.relative == 2.0);
  CHECK(compare::severity(far) == 2.0);
  const Change steep = compare::change_of({.a = 5e-324, .b = 1.0, .better = Better::higher});
  CHECK(*steep.change == 1.0);
  CHECK_FALSE(steep.relative.has_value());
  CHECK(compare::severity(steep) == 1.0);
}

TEST_CASE("compare: rotations as far from 1 on both sides are another value, neither better") {
  CHECK(compare::change_of({.a = 0.75, .b = 1.25, .better = Better::nearer_to_one}).effect ==
        Effect::changed);
}

TEST_CASE("compare: tolerance is a share of the larger value and takes the bound itself") {
  CHECK(compare::change_of({.a = 3.0, .b = 4.0, .tolerance = 0.25}).effect == Effect::same);
  CHECK(compare::change_of({.a = 3.0, .b = 4.0, .tolerance = 0.24}).effect == Effect::changed);
}

TEST_CASE("compare: what rounding may come to is no change, and no better or worse") {
  const double mean = 0.2;
  const double noise = std::nextafter(mean, 1.0);
  CHECK(compare::change_of({.a = mean, .b = noise, .better = Better::lower}).effect ==
        Effect::same);
  CHECK(compare::change_of({.a = 1.0, .b = 1.0 + 0x1p-48}).effect == Effect::same);
  CHECK(compare::change_of({.a = 1.0, .b = 1.0 + 0x1p-47}).effect == Effect::changed);
  CHECK(compare::change_of({.a = 0.0, .b = 1e-300, .better = Better::lower}).effect ==
        Effect::worse);
  // As far from 1, but for the last bit.
  CHECK(
      compare::change_of({.a = 0.7, .b = std::nextafter(1.3, 1.0), .better = Better::nearer_to_one})
          .effect == Effect::changed);
}

TEST_CASE("compare: a number of other layers is neither better nor worse, and says so") {
  const Layer good{.name = "good", .rotation = 0.8, .stable_rank = 2.0};
  const Layer bad{.name = "bad", .rotation = 0.1, .stable_rank = 2.0};
  const Layer broken{.name = "bad", .rotation = {}, .status = metrics::Status::non_finite};
  const auto mean_of = [](const compare::Pair& pair) {
    return *std::ranges::find(pair.summary, std::string("rotation.mean"), &Change::metric);
  };
  for (const std::vector<Layer>& b : {std::vector{good, broken}, std::vector{good}}) {
    const compare::Pair pair = pair_of({good, bad}, b);
    CHECK(mean_of(pair).effect == Effect::changed);
    CHECK(mean_of(pair).better == Better::unknown);
    CHECK(mean_of(pair).layers_a == 2);
    CHECK(mean_of(pair).layers_b == 1);
    CHECK(mean_of(pair).reason == "over 2 layers in A, 1 in B");
    for (const Change& change : pair.summary) {
      CHECK(change.effect != Effect::better);
      CHECK(change.effect != Effect::worse);
    }
  }
  const Layer other{.name = "other", .rotation = 0.9};
  CHECK(mean_of(pair_of({bad, good}, {bad, other})).reason ==
        "over 2 layers, not the same in A and B");
  Layer better = bad;
  better.rotation = 0.5;
  CHECK(mean_of(pair_of({good, bad}, {good, better})).effect == Effect::better);
  CHECK(mean_of(pair_of({good, bad}, {good, better})).reason.empty());
}

TEST_CASE("compare: what a checkpoint alone is from itself is not counted") {
  const std::vector<Layer> layers = {{.name = "x", .rotation = 0.0, .stable_rank = 2.0}};
  report::Report alone = report_of({checkpoint("last", layers)});
  CHECK(compare::compare(alone, alone, {}).pairs.at(0).same == 2);
  alone.runs[0].initial.checkpoint = std::nullopt;
  CHECK(compare::compare(alone, alone, {}).pairs.at(0).same == 1);
}

TEST_CASE("compare: a report has no change from itself") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::vector<Layer> layers = random_layers(random);
    const compare::Pair pair = pair_of(layers, layers);
    CHECK(pair.is_same());
    CHECK(pair.changes.empty());
    CHECK(pair.summary.empty());
    CHECK(pair.layers.size() == layers.size());
  }
}

TEST_CASE("compare: with A and B exchanged every change is the opposite") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::vector<Layer> a = random_layers(random);
    const std::vector<Layer> b = random_layers(random);
    const compare::Pair forth = pair_of(a, b);
    const compare::Pair back = pair_of(b, a);
    REQUIRE(forth.changes.size() == back.changes.size());
    CHECK(forth.same == back.same);
    CHECK(forth.missing == back.missing);
    for (const Change& change : forth.changes) {
      const Change& other = named_like(change, back.changes);
      CHECK(change.effect == opposite(other.effect));
      CHECK(change.a == other.b);
      CHECK(change.change.has_value() == other.change.has_value());
      CHECK(change.change.value_or(0.0) == -other.change.value_or(0.0));
    }
  }
}

TEST_CASE("compare: every value has one effect") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::vector<Layer> a = random_layers(random);
    const compare::Pair pair = pair_of(a, random_layers(random));
    const auto values = static_cast<std::int64_t>(a.size()) * 14;  // The numbers of a layer.
    CHECK(std::ssize(pair.changes) + pair.same + pair.missing == values);
  }
}

TEST_CASE("compare: worst first, NaN before all else, the best last") {
  const compare::Pair pair = pair_of({{.name = "best", .rotation = 0.1},
                                      {.name = "better", .rotation = 0.5},
                                      {.name = "gained", .rotation = std::nullopt},
                                      {.name = "changed", .rotation = {}, .stable_rank = 2.0},
                                      {.name = "lost", .rotation = 0.5},
                                      {.name = "worse", .rotation = 0.5},
                                      {.name = "worst", .rotation = 0.5},
                                      {.name = "nan", .rotation = 0.5}},
                                     {{.name = "best", .rotation = 0.9},
                                      {.name = "better", .rotation = 0.6},
                                      {.name = "gained", .rotation = 0.5},
                                      {.name = "changed", .rotation = {}, .stable_rank = 3.0},
                                      {.name = "lost", .rotation = std::nullopt},
                                      {.name = "worse", .rotation = 0.4},
                                      {.name = "worst", .rotation = 0.1},
                                      {.name = "nan",
                                       .rotation = std::nullopt,
                                       .stable_rank = {},
                                       .status = metrics::Status::non_finite}});
  CHECK(layers_of(pair.changes) == std::vector<std::string>{"nan", "worst", "worse", "lost",
                                                            "changed", "gained", "better", "best"});
}

TEST_CASE("compare: conditions compare only where as many unfoldings have a low-rank part") {
  // Of the layer: the mean of its two unfoldings'.
  const auto layer_with = [](double output, double input) {
    report::Report out = report_of({checkpoint("last", {{.name = "x", .rotation = {}}})});
    auto& unfoldings = out.runs[0].checkpoints[0].layers[0].measured.unfoldings;
    unfoldings.resize(2);
    for (std::size_t i = 0; i < 2; ++i) {
      const double condition = i == 0 ? output : input;
      unfoldings[i].exact.value.emplace();
      unfoldings[i].exact.value->rank = condition == 0.0 ? 0 : 2;
      unfoldings[i].exact.value->mapping_condition = condition;
    }
    return out;
  };
  const auto effect = [](const report::Report& a, const report::Report& b) {
    const compare::Pair pair = compare::compare(a, b, {}).pairs.at(0);
    const auto place =
        std::ranges::find(pair.changes, std::string("mapping_condition"), &Change::metric);
    return place->effect;
  };
  CHECK(effect(layer_with(2, 2), layer_with(2, 4)) == Effect::worse);
  CHECK(effect(layer_with(2, 0), layer_with(4, 0)) == Effect::worse);
  CHECK(effect(layer_with(2, 0), layer_with(2, 2)) == Effect::changed);
  CHECK(effect(layer_with(2, 2), layer_with(0, 2)) == Effect::changed);
  CHECK(effect(layer_with(0, 0), layer_with(0, 2)) == Effect::changed);
}

TEST_CASE("compare: rotation is not compared where one run has no initial weights") {
  const std::vector<Layer> layers = {{.name = "x", .rotation = 0.5, .stable_rank = 2.0}};
  const report::Report a = report_of({checkpoint("last", layers)});
  report::Report b = report_of({checkpoint("last", {{.name = "x", .rotation = 0.0}})});
  b.runs[0].initial.checkpoint = std::nullopt;
  b.runs[0].checkpoints[0].layers[0].measured.unfoldings[0].stable_rank = 2.0;
  b.runs[0].checkpoints[0].summary = a.runs[0].checkpoints[0].summary;
  const compare::Pair pair = compare::compare(a, b, {}).pairs.at(0);
  CHECK(pair.changes.empty());
  CHECK(pair.not_comparable.size() == 1);
  CHECK(pair.is_same());
}

TEST_CASE("compare: the step before is compared only where both have one") {
  const std::vector<Layer> layers = {{.name = "x", .rotation = 0.5}};
  report::Report a = report_of({checkpoint("one", layers), checkpoint("two", layers)});
  a.runs[0].checkpoints[1].layers[0].measured.step_rotation = 0.1;
  const report::Report b = report_of({checkpoint("two", layers)});
  CHECK(compare::compare(a, b, {}).pairs.at(0).changes.empty());
  CHECK(compare::compare(a, a, {.checkpoint_a = "two"}).pairs.at(0).not_comparable.empty());
}

TEST_CASE("compare: a checkpoint is chosen by its name, and one that is missing is named") {
  const report::Report a =
      report_of({checkpoint("one", {{.name = "x", .rotation = 0.5}}), checkpoint("two", {})});
  const report::Report b = report_of({checkpoint("one", {{.name = "x", .rotation = 0.25}})});
  CHECK(compare::compare(a, b, {.checkpoint_a = "one"}).pairs.at(0).changes.size() == 1);
  CHECK_THROWS_WITH_AS(static_cast<void>(compare::compare(a, b, {.checkpoint_b = "ont"})),
                       "B has no checkpoint 'ont', did you mean 'one'?", Error);
}

TEST_CASE("compare: a layer of another shape or status is a difference without any value") {
  const std::vector<Layer> layers = {{.name = "x", .rotation = 0.5}};
  const report::Report a = report_of({checkpoint("last", layers)});
  report::Report reshaped = a;
  reshaped.runs[0].checkpoints[0].layers[0].shape = {3, 2};
  CHECK(compare::compare(a, reshaped, {}).pairs.at(0).layers.at(0).is_reshaped);
  CHECK_FALSE(compare::compare(a, reshaped, {}).is_same());
  report::Report dead = a;
  dead.runs[0].checkpoints[0].layers[0].measured.status.add(metrics::Status::dead_filter);
  CHECK_FALSE(compare::compare(a, dead, {}).is_same());
}

TEST_CASE("compare: tensors whose distance can be told stand before those that were 0") {
  std::vector<compare::TensorDistance> tensors(6);
  tensors[0] = {.name_a = "within",
                .name_b = "",
                .role = "",
                .cosine_distance = 1.5,
                .is_within_tolerance = true};
  tensors[1] = {.name_a = "zero", .name_b = "", .role = "", .norm_b = 1e-9};
  tensors[2] = {
      .name_a = "near", .name_b = "", .role = "", .cosine_distance = 0.0, .relative_l2 = 0.1};
  tensors[3] = {
      .name_a = "far", .name_b = "", .role = "", .cosine_distance = 2.0, .relative_l2 = 2.0};
  tensors[4] = {.name_a = "nan", .name_b = "", .role = ""};
  tensors[5] = {.name_a = "unread", .name_b = "", .role = "", .is_compared = false};
  compare::sort_furthest_first(tensors);
  std::string names;
  for (const compare::TensorDistance& tensor : tensors) {
    names += tensor.name_a + " ";
  }
  CHECK(names == "unread nan far near zero within ");
}

TEST_CASE("compare: all layers are the same only where each is identical") {
  compare::WeightsComparison weights{.layers = 3, .layers_identical = 3};
  CHECK(weights.effect() == "same");
  weights.layers_identical = 2;
  CHECK(weights.effect() == "changed");
  weights.layers_not_compared = 1;
  CHECK(weights.effect() == "not_compared");
  CHECK(compare::WeightsComparison{}.effect() == "not_compared");
}

TEST_CASE("compare: tensors that differ make checkpoints differ") {
  compare::Comparison comparison;
  compare::Pair& pair = comparison.pairs.emplace_back();
  CHECK(comparison.is_same());
  pair.weights.emplace();
  pair.weights->not_compared = 2;
  CHECK(comparison.is_same());
  CHECK(comparison.not_compared() == 2);
  pair.weights->different = 1;
  CHECK_FALSE(comparison.is_same());
}
