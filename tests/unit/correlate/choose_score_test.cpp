#include "correlate/choose_score.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using namespace hindcast;
using correlate::choose_score;
using correlate::greater_is_better;

namespace {

// A run in which each checkpoint has each of these scores.
report::RunReport run_with(const std::vector<std::string>& names, std::size_t checkpoints = 2) {
  report::RunReport run;
  for (std::size_t i = 0; i < checkpoints; ++i) {
    report::CheckpointReport& checkpoint = run.checkpoints.emplace_back();
    for (const std::string& name : names) {
      checkpoint.scores.push_back({.name = name, .value = 0.5 + 0.1 * static_cast<double>(i)});
    }
  }
  return run;
}

std::string chosen_of(const std::vector<std::string>& names) {
  return choose_score({.options = {}, .runs = {run_with(names)}}, "").name;
}

}  // namespace

TEST_CASE("choose_score: accuracies first, held-out data before others, losses last") {
  CHECK(chosen_of({"loss", "accuracy", "val_loss", "val_accuracy"}) == "val_accuracy");
  CHECK(chosen_of({"train_acc", "acc", "test/acc"}) == "test/acc");
  CHECK(chosen_of({"eval_loss", "eval_f1", "train_accuracy"}) == "train_accuracy");
  CHECK(chosen_of({"grad_norm", "eval_runtime", "train_loss"}) == "train_loss");
  CHECK(chosen_of({"name_metric"}) == "name_metric");
  CHECK(chosen_of({"loss", "val_loss"}) == "val_loss");
  CHECK(chosen_of({"eval_top5", "eval_top1"}) == "eval_top1");
}

TEST_CASE("choose_score: the direction is that of the name, where it has one") {
  CHECK(greater_is_better("val_accuracy") == true);
  CHECK(greater_is_better("eval/F1") == true);
  CHECK(greater_is_better("Test Loss") == false);
  CHECK(greater_is_better("val_perplexity") == false);
  CHECK_FALSE(greater_is_better("name_metric"));
  CHECK_FALSE(greater_is_better("accident_rate"));
}

TEST_CASE("choose_score: a score that few runs have gives way to one of all") {
  const report::Report report = {
      .options = {},
      .runs = {run_with({"loss", "val_accuracy"}), run_with({"loss"}), run_with({"loss"})}};
  const correlate::ChosenScore score = choose_score(report, "");
  CHECK(score.name == "loss");
  CHECK(score.others == std::vector<std::string>{"val_accuracy"});
  CHECK(choose_score(report, "val_accuracy").given);
}

TEST_CASE("choose_score: a score that never varies comes last") {
  report::RunReport run = run_with({"loss", "val_accuracy"});
  for (report::CheckpointReport& checkpoint : run.checkpoints) {
    checkpoint.scores[1].value = 0.9;
  }
  CHECK(choose_score({.options = {}, .runs = {run}}, "").name == "loss");
}

TEST_CASE("choose_score: values that are missing or not finite are no score") {
  report::RunReport run = run_with({"loss", "val_accuracy"});
  for (report::CheckpointReport& checkpoint : run.checkpoints) {
    checkpoint.scores[1].value = std::nullopt;
  }
  CHECK(choose_score({.options = {}, .runs = {run}}, "").name == "loss");
  run.checkpoints[0].scores[1].value = std::numeric_limits<double>::quiet_NaN();
  CHECK(choose_score({.options = {}, .runs = {run}}, "").name == "loss");
}

TEST_CASE("choose_score: an unknown name is answered with the nearest, none with what to do") {
  const report::Report report = {.options = {}, .runs = {run_with({"val_accuracy", "loss"})}};
  CHECK_THROWS_WITH_AS(static_cast<void>(choose_score(report, "val_acuracy")),
                       "--score: no checkpoint has a score 'val_acuracy', did you mean "
                       "'val_accuracy'?",
                       Error);
  CHECK_THROWS_WITH_AS(
      static_cast<void>(choose_score({.options = {}, .runs = {run_with({})}}, "")),
      "no checkpoint has a score to correlate with; give a table of them with --scores", Error);
}
