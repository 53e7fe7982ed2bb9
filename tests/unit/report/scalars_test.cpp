#include "report/scalars.hpp"

#include <limits>

#include <doctest/doctest.h>

using namespace hindcast;
using Steps = std::vector<std::int64_t>;
using Maybe = std::optional<std::int64_t>;

namespace {

report::RunReport run_of(const std::vector<std::pair<Maybe, Maybe>>& steps_and_epochs) {
  report::RunReport run;
  for (const auto& [step, epoch] : steps_and_epochs) {
    report::CheckpointReport checkpoint;
    checkpoint.name = "checkpoint " + std::to_string(run.checkpoints.size());
    checkpoint.step = step;
    checkpoint.epoch = epoch;
    run.checkpoints.push_back(checkpoint);
  }
  return run;
}

}  // namespace

TEST_CASE("step_axis: by step, else by epoch, else by place") {
  const report::StepAxis by_step = step_axis(run_of({{100, 0}, {200, 1}}));
  CHECK(by_step.kind == "step");
  CHECK(by_step.steps == Steps{100, 200});
  const report::StepAxis by_epoch = step_axis(run_of({{{}, -1}, {100, 0}, {200, 1}}));
  CHECK(by_epoch.kind == "epoch");
  CHECK(by_epoch.steps == Steps{-1, 0, 1});
  const report::StepAxis by_place = step_axis(run_of({{{}, {}}, {100, {}}}));
  CHECK(by_place.kind == "index");
  CHECK(by_place.steps == Steps{0, 1});
  CHECK(step_axis(run_of({})).steps.empty());
}

TEST_CASE("step_axis: numbers that do not increase are none") {
  CHECK(step_axis(run_of({{100, 0}, {100, 1}})).kind == "epoch");
  CHECK(step_axis(run_of({{100, 1}, {50, 0}})).kind == "index");
}

TEST_CASE("step_axis: an initial checkpoint stands at 0, or before the first") {
  const auto initial_of = [](Maybe next_step) {
    report::RunReport run = run_of({{{}, {}}, {next_step, {}}});
    run.initial.checkpoint = run.checkpoints.front().name;
    return step_axis(run).steps.front();
  };
  CHECK(initial_of(500) == 0);
  CHECK(initial_of(0) == -1);
  CHECK(initial_of(-3) == -4);
  report::RunReport lowest = run_of({{{}, {}}, {std::numeric_limits<std::int64_t>::min(), {}}});
  lowest.initial.checkpoint = lowest.checkpoints.front().name;
  CHECK(step_axis(lowest).kind == "index");
}

TEST_CASE("qualified_name: as rules of the gate name numbers") {
  using report::qualified_name;
  using report::Scope;
  CHECK(qualified_name({.scope = Scope::layer, .metric = "rotation", .layer = "a"}) == "rotation");
  CHECK(qualified_name({.scope = Scope::unfolding,
                        .metric = "stable_rank",
                        .layer = "a",
                        .unfolding = "output"}) == "stable_rank@output");
  CHECK(qualified_name({.scope = Scope::summary, .metric = "rotation.mean"}) ==
        "summary.rotation.mean");
  CHECK(qualified_name({.scope = Scope::score, .metric = "val_loss"}) == "scores.val_loss");
  CHECK(qualified_name({.scope = Scope::schedule, .metric = "rate", .layer = "a"}) == "rate");
}
