// What judge() says of made runs. Faults in series of files are in tests/cli/lint_test.py.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "lint/judge.hpp"
#include "lint/writers.hpp"
#include "support/made_series.hpp"

using namespace hindcast;
using lint::Finding;
using lint::Kind;
using lint::Severity;
using test::even_steps;
using test::gaussian;
using test::run_of;
using test::Values;
using test::walk;

namespace {

constexpr std::size_t kCheckpoints = 12;
using Layers = std::vector<std::vector<Values>>;

Layers clean(std::uint64_t seed) {
  Layers layers;
  for (std::uint64_t layer = 0; layer < 3; ++layer) {
    layers.push_back(walk(400, 10 * seed + layer, even_steps(kCheckpoints - 1)));
  }
  return layers;
}

std::vector<Finding> findings(const Layers& layers) {
  return lint::judge(run_of(layers)).findings;
}

Finding only(const std::vector<Finding>& all) {
  REQUIRE(all.size() == 1);
  return all.front();
}

}  // namespace

TEST_CASE("lint: walks at any speed, and scatter, are clean") {
  const std::vector<std::vector<double>> speeds = {
      even_steps(11),
      {0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 0.005, 0.005, 0.005, 0.005},
      {0.001, 0.01, 0.03, 0.1, 0.2, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001},
      {0.01, 0.02, 0.03, 0.04, 0.06, 0.09, 0.13, 0.2, 0.3, 0.45, 0.7}};
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    for (const std::vector<double>& steps : speeds) {
      CHECK(findings({walk(400, 3 * seed, steps), walk(900, 3 * seed + 1, steps)}).empty());
    }
    std::vector<Values> scatter = {gaussian(500, seed)};
    for (std::size_t k = 1; k < kCheckpoints; ++k) {
      scatter.push_back(test::sum(scatter[0], gaussian(500, 100 * seed + k, 0.2)));
    }
    CHECK(findings({scatter}).empty());
  }
}

TEST_CASE("lint: of two equal checkpoints the one that leaves the path is the copy") {
  for (const auto& [source, target] : {std::pair(3U, 8U), std::pair(8U, 3U)}) {
    Layers layers = clean(1);
    for (std::vector<Values>& layer : layers) {
      layer[target] = layer[source];
    }
    const Finding finding = only(findings(layers));
    CHECK(finding.kind == Kind::identical_checkpoints);
    CHECK(finding.at.step == 100 * target);
    CHECK(finding.other->step == 100 * source);
    CHECK(finding.layers.empty());
  }
}

TEST_CASE("lint: of two equal neighbours the way around them tells which is the copy") {
  std::size_t doubted = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const auto& [source, target] : {std::pair(5U, 6U), std::pair(6U, 5U)}) {
      Layers checkpoint = clean(100 + seed);
      Layers tensor = checkpoint;
      Layers shard = checkpoint;
      for (std::size_t layer = 0; layer < 3; ++layer) {
        checkpoint[layer][target] = checkpoint[layer][source];
      }
      tensor[1][target] = tensor[1][source];
      shard[0][target] = shard[0][source];
      shard[1][target] = shard[1][source];
      const auto found = {std::pair(only(findings(checkpoint)), Kind::identical_checkpoints),
                          std::pair(only(findings(tensor)), Kind::identical_tensor),
                          std::pair(only(findings(shard)), Kind::foreign_shard)};
      for (const auto& [finding, kind] : found) {
        CHECK(finding.kind == kind);
        CHECK(finding.at.step == 100 * target);
        CHECK(finding.other->step == 100 * source);
        doubted += finding.evidence.find("other way") == std::string::npos ? 0U : 1U;
      }
    }
  }
  CHECK(doubted < 4);  // Of 120, for the distances are estimates.
}

TEST_CASE("lint: of two equal neighbours where the speed drops either may be the copy") {
  const std::vector<double> drops = {0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01};
  for (const auto& [source, target] : {std::pair(4U, 5U), std::pair(5U, 4U)}) {
    std::vector<Values> layer = walk(400, 1, drops);
    layer[target] = layer[source];
    const std::string evidence = only(findings({layer})).evidence;
    CHECK(evidence.ends_with(", or the other way round"));
  }
  // Another layer shows how the speed changed, and where.
  for (const auto& [source, target] : {std::pair(4U, 5U), std::pair(5U, 4U)}) {
    std::vector<Values> layer = walk(400, 2, drops);
    layer[target] = layer[source];
    const Finding finding = only(findings({walk(400, 3, drops), layer}));
    CHECK(finding.at.step == 100 * target);
    CHECK(finding.evidence.find("other way") == std::string::npos);
  }
}

TEST_CASE("lint: the final weights at several earlier steps") {
  Layers layers = clean(2);
  for (std::vector<Values>& layer : layers) {
    layer[4] = layer[5] = layer[8] = layer.back();
  }
  const std::vector<Finding> all = findings(layers);
  REQUIRE(all.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(all[i].kind == Kind::repeated_final);
    CHECK(all[i].position == std::array{4U, 5U, 8U}[i]);
  }
}

TEST_CASE("lint: nothing that moved yet is a warning, a network that never does an error") {
  Layers layers = clean(3);
  for (std::vector<Values>& layer : layers) {
    layer[1] = layer[0];
  }
  CHECK(only(findings(layers)).severity == Severity::warning);
  for (std::vector<Values>& layer : layers) {
    layer.back() = layer[0];
  }
  const std::vector<Finding> all = findings(layers);
  REQUIRE(all.size() == 2);
  CHECK(all[0].kind == Kind::still_initial);
  CHECK(all[1].kind == Kind::identical_checkpoints);
}

TEST_CASE("lint: the first step of a warm-up from 0 moves nothing, which is a note") {
  Layers layers = clean(3);
  for (std::vector<Values>& layer : layers) {
    layer[1] = layer[0];
  }
  lint::RunObservation run = run_of(layers);
  run.checkpoints[1].step = 1;
  const Finding finding = only(lint::judge(run).findings);
  CHECK(finding.kind == Kind::identical_checkpoints);
  CHECK(finding.severity == Severity::note);
}

TEST_CASE("lint: what the rounding of bfloat16 moves is no jump") {
  const auto rounded = [](double value) {  // To eight bits.
    int exponent = 0;
    const double fraction = std::frexp(value, &exponent);
    return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> steps(11, 1e-5);
    steps[5] = 1e-3;  // A few values round to their neighbours.
    std::vector<Values> layer = walk(400, 200 + seed, steps);
    CHECK(only(findings({layer})).kind == Kind::rotation_jump);
    for (Values& values : layer) {
      std::ranges::transform(values, values.begin(), rounded);
    }
    for (const Finding& finding : findings({layer, walk(400, seed, even_steps(11))})) {
      CAPTURE(seed);
      CAPTURE(finding.evidence);
      CHECK(finding.severity != Severity::error);
    }
  }
}

TEST_CASE("lint: a layer of another step, though exchanged and so equal to none") {
  Layers layers = clean(4);
  std::swap(layers[1][4], layers[1][7]);
  const std::vector<Finding> all = findings(layers);
  REQUIRE(all.size() == 2);
  for (const Finding& finding : all) {
    CHECK(finding.kind == Kind::foreign_shard);
    CHECK(finding.layers == std::vector<std::string>{"layer1"});
  }
  CHECK(all[0].at.step == 400);
  CHECK(all[0].other->step == 700);
  CHECK(all[1].at.step == 700);
}

TEST_CASE("lint: the last checkpoint of an even walk, where an earlier one belongs") {
  Layers layers = clean(5);
  for (std::vector<Values>& layer : layers) {
    std::swap(layer[10], layer[11]);
  }
  const Finding finding = only(findings(layers));
  CHECK(finding.kind == Kind::steps_out_of_order);
  CHECK(finding.at.step == 1000);
  CHECK(finding.other->step == 1100);
}

TEST_CASE("lint: a step many times as long as its neighbours") {
  std::vector<double> steps = even_steps(11);
  steps[5] = 1.0;
  const Finding finding = only(findings({walk(400, 6, steps), walk(400, 7, steps)}));
  CHECK(finding.kind == Kind::rotation_jump);
  CHECK(finding.at.step == 600);
}

TEST_CASE("lint: two runs that take turns are one finding") {
  Layers layers = clean(8);
  const Layers others = clean(9);
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    for (const std::size_t position : {2U, 4U, 6U, 8U}) {
      layers[layer][position] = others[layer][position];
    }
  }
  const Finding finding = only(findings(layers));
  CHECK(finding.kind == Kind::two_runs);
  CHECK(finding.at.step == 200);
}

TEST_CASE("lint: a coarse layer that stands still for a step is a note") {
  Layers layers = clean(10);
  layers[0][6] = layers[0][5];
  lint::RunObservation run = run_of(layers);
  CHECK(only(lint::judge(run).findings).severity == Severity::warning);
  for (lint::CheckpointObservation& checkpoint : run.checkpoints) {
    checkpoint.states[0].is_coarse = true;
    checkpoint.states[0].rounding = 1.0;
  }
  const Finding finding = only(lint::judge(run).findings);
  CHECK(finding.kind == Kind::identical_tensor);
  CHECK(finding.severity == Severity::note);
  // One that moves by many times its rounding does not stand still for it.
  for (lint::CheckpointObservation& checkpoint : run.checkpoints) {
    checkpoint.states[0].rounding = 1.0 / 128.0;
  }
  CHECK(only(lint::judge(run).findings).severity == Severity::warning);
}

TEST_CASE("lint: filters that are dead before training are told where they stay so") {
  lint::RunObservation run = run_of(clean(11));
  for (std::size_t k = 0; k < run.checkpoints.size(); ++k) {
    run.checkpoints[k].states[0].dead = {.count = k == 0 ? 8U : 0U, .filters = 8};
    run.checkpoints[k].states[1].dead = {.count = 1, .filters = 8};
    run.checkpoints[k].states[2].dead = {.count = k < 5 ? 0U : 2U, .filters = 8};
  }
  const std::vector<Finding> all = lint::judge(run).findings;
  REQUIRE(all.size() == 2);
  CHECK(all[0].layers == std::vector<std::string>{"layer2"});
  CHECK(all[0].severity == Severity::warning);
  CHECK(all[0].at.step == 500);
  CHECK(all[0].count == 2U);
  CHECK(all[1].layers == std::vector<std::string>{"layer1"});
  CHECK(all[1].severity == Severity::note);
}

TEST_CASE("lint: NaN is told where it begins, and hides no other finding") {
  Layers layers = clean(12);
  for (std::size_t k = 9; k < kCheckpoints; ++k) {
    layers[0][k][3] = std::numeric_limits<double>::quiet_NaN();
  }
  std::swap(layers[1][4], layers[1][6]);
  std::swap(layers[2][4], layers[2][6]);
  const std::vector<Finding> all = findings(layers);
  REQUIRE(all.size() == 3);
  CHECK(all[0].kind == Kind::foreign_shard);
  CHECK(all[2].kind == Kind::non_finite);
  CHECK(all[2].position == 9);
}

TEST_CASE("lint: another layer's name or shape") {
  lint::RunObservation run = run_of(clean(13));
  for (std::size_t k = 6; k < run.checkpoints.size(); ++k) {
    run.checkpoints[k].states[1] = {};
    run.checkpoints[k].states[2] = {.presence = lint::Presence::reshaped};
  }
  const std::vector<Finding> all = lint::judge(run).findings;
  REQUIRE(all.size() == 2);
  CHECK(all[0].kind == Kind::vanished_layer);
  CHECK(all[1].kind == Kind::reshaped_layer);
  CHECK(all[1].at.step == 600);
}

TEST_CASE("lint: a run of one checkpoint, or of none, is judged without complaint") {
  lint::RunObservation run = run_of({{gaussian(100, 1)}});
  CHECK(lint::judge(run).findings.empty());
  run.checkpoints.clear();
  run.has_initial = false;
  run.unread.push_back({.path = "a.h5", .reason = "is cut short"});
  CHECK(only(lint::judge(run).findings).kind == Kind::unread_checkpoint);
}

TEST_CASE("lint: every kind has a name and an explanation of its own") {
  std::vector<std::string_view> names;
  for (const Kind kind : lint::kinds()) {
    CHECK(!lint::explanation(kind).empty());
    CHECK(std::ranges::count(names, lint::name(kind)) == 0);
    names.push_back(lint::name(kind));
  }
  CHECK(names.size() == static_cast<std::size_t>(Kind::unread_checkpoint) + 1);
}

TEST_CASE("lint: names from files are printable in the table") {
  lint::RunObservation run = run_of(clean(14));
  run.tensors[0].name = "evil\x1b[2J";
  run.checkpoints[3].states[0] = {};
  const std::string text = lint::to_table({.runs = {lint::judge(run)}});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("evil\\x1b[2J") != std::string::npos);
}
