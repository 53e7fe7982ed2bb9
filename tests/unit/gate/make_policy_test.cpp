#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "gate/judge.hpp"
#include "gate/policy.hpp"

using namespace hindcast;

namespace {

report::LayerReport layer(const std::string& name, std::optional<double> rotation) {
  report::LayerReport out;
  out.name = name;
  out.kind = "conv";
  out.measured.weights = 4;
  out.measured.rotation = rotation;
  out.stated["frobenius_norm"] = 2.0;
  out.stated["stable_rank"] = 3.0;
  out.stated["knowledge_gain"] = std::nullopt;
  return out;
}

report::Report report_of(std::optional<double> rotation, std::size_t checkpoints) {
  report::RunReport run;
  run.name = "run";
  for (std::size_t i = 0; i < checkpoints; ++i) {
    report::CheckpointReport checkpoint;
    checkpoint.name = "c" + std::to_string(i);
    checkpoint.epoch = static_cast<std::int64_t>(i);
    checkpoint.layers = {layer("a", rotation), layer("b", 0.5)};
    run.checkpoints.push_back(checkpoint);
  }
  run.checkpoints.back().scores = {
      {"val_accuracy", 0.9}, {"val_loss", -1.0}, {"odd name", 1.0}, {"lr", 0.1}};
  return {.options = {}, .runs = {run}};
}

std::vector<std::string> rules_of(const std::string& policy) {
  std::vector<std::string> out;
  for (const gate::Rule& rule : gate::read_policy(policy)) {
    out.push_back(expression(rule));
  }
  return out;
}

}  // namespace

TEST_CASE("make_policy: bounds are the report's values with room for others") {
  const report::Report report = report_of(0.4, 1);
  const std::string policy = gate::make_policy(report);
  CHECK(rules_of(policy) ==
        std::vector<std::string>{"count(frobenius_norm, epochs=0) >= 2", "min(rotation) >= 0.36",
                                 "min(stable_rank) >= 1.5", "scores.val_accuracy >= 0.882",
                                 "scores.val_loss <= -0.9"});
  CHECK(policy.find("// Not asked: the network has learned (mean(knowledge_gain)): could not be "
                    "judged: no value for 'a', 'b'.") != std::string::npos);
}

TEST_CASE("make_policy: the report passes what is made of it") {
  for (const std::size_t checkpoints : {1U, 2U, 9U}) {
    for (const double rotation : {1e-9, 0.3, 1.7}) {
      CAPTURE(checkpoints);
      CAPTURE(rotation);
      const report::Report report = report_of(rotation, checkpoints);
      const std::vector<gate::Rule> rules = gate::read_policy(gate::make_policy(report));
      CHECK(gate::judge(rules, report, nullptr).verdict() == gate::Verdict::pass);
    }
  }
}

TEST_CASE("make_policy: what is 0 or missing is not asked for") {
  for (const std::string& rule : rules_of(gate::make_policy(report_of(0.0, 1)))) {
    CHECK(rule.find("rotation") == std::string::npos);
  }
  for (const std::string& rule : rules_of(gate::make_policy(report_of(std::nullopt, 1)))) {
    CHECK(rule.find("rotation") == std::string::npos);
  }
}

TEST_CASE("make_policy: a report with nothing to judge makes none") {
  CHECK_THROWS_AS(static_cast<void>(gate::make_policy({})), Error);
}
