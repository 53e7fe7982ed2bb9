#include "html/time_axis.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast;
using html::time_axes;

namespace {

using Places = std::vector<double>;

struct Moment {
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};
};

report::RunReport run_of(const std::vector<Moment>& moments) {
  report::RunReport run;
  for (const Moment& moment : moments) {
    report::CheckpointReport& checkpoint = run.checkpoints.emplace_back();
    checkpoint.name = "checkpoint " + std::to_string(run.checkpoints.size());
    checkpoint.step = moment.step;
    checkpoint.epoch = moment.epoch;
  }
  return run;
}

std::vector<html::TimeAxis> axes_of(std::vector<report::RunReport> runs) {
  return time_axes({.options = {}, .runs = std::move(runs)});
}

}  // namespace

TEST_CASE("time_axis: steps where all have them, else epochs, else one after the other") {
  const auto steps = axes_of({run_of({{.step = 0, .epoch = 0}, {.step = 500, .epoch = 1}})});
  CHECK(steps[0].by == "step");
  CHECK(steps[0].places == Places{0, 500});
  const auto epochs = axes_of({run_of({{.epoch = -1}, {.step = 400, .epoch = 0}, {.epoch = 3}})});
  CHECK(epochs[0].by == "epoch");
  CHECK(epochs[0].places == Places{-1, 0, 3});
  const auto neither = axes_of({run_of({{}, {.epoch = 3}, {.step = 7}})});
  CHECK(neither[0].by == "checkpoint");
  CHECK(neither[0].places == Places{1, 2, 3});
}

TEST_CASE("time_axis: steps that start over with every epoch are no axis") {
  const auto axes = axes_of({run_of({{.step = 5, .epoch = 0}, {.step = 5, .epoch = 1}})});
  CHECK(axes[0].by == "epoch");
  const auto repeated = axes_of({run_of({{.epoch = 1}, {.epoch = 1}})});
  CHECK(repeated[0].by == "checkpoint");
}

TEST_CASE("time_axis: initial weights without a number stand one before the first") {
  report::RunReport run = run_of({{}, {.epoch = 0}, {.epoch = 1}});
  CHECK(axes_of({run})[0].by == "checkpoint");
  run.initial.checkpoint = run.checkpoints.front().name;
  CHECK(axes_of({run})[0].by == "epoch");
  CHECK(axes_of({run})[0].places == Places{-1, 0, 1});
  run.checkpoints[1].epoch = std::numeric_limits<std::int64_t>::min();  // As a stranger may write.
  CHECK(axes_of({run})[0].by == "checkpoint");
}

TEST_CASE("time_axis: runs are set over one another, so that all have the same axis") {
  const auto axes = axes_of({run_of({{.epoch = 4}, {.epoch = 5}}), run_of({{}, {}})});
  CHECK(axes[0].by == "checkpoint");
  CHECK(axes[0].places == Places{1, 2});
  CHECK(axes[1].by == "checkpoint");
}
