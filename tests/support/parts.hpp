#pragma once

// Parts of reports as several machines write them, without files to measure.

#include <string>
#include <vector>

#include "report/part.hpp"

namespace hindcast::test {

inline report::LayerReport described_layer(const std::string& name) {
  return {.name = name,
          .kind = "linear",
          .shape = {2, 3},
          .layout = "OI",
          .layout_reason = "stated",
          .dtype = "float32",
          .measured = {}};
}

inline report::Outcome measured(double norm) {
  metrics::UnfoldingMeasurement unfolding;
  unfolding.rows = 2;
  unfolding.cols = 3;
  unfolding.frobenius_norm = norm;
  metrics::LayerMeasurement layer;
  layer.weights = 6;
  layer.unfoldings = {unfolding};
  return {.layers = {layer}, .unchanged = false, .problem = {}};
}

/// One run of two checkpoints with the layers "a" and "b": each checkpoint has one for either of
/// two shards.
inline report::Plan small_plan() {
  const auto checkpoint = [](std::string name, std::int64_t epoch) {
    report::CheckpointRecord record{.name = name, .path = name + ".npz", .failure = {}};
    record.format = "npz";
    record.epoch = epoch;
    record.ledger.tensors = 2;
    record.tensors = {{.layers = {described_layer("a")}, .outcome = {}, .shard = 1},
                      {.layers = {described_layer("b")}, .outcome = {}, .shard = 2}};
    return record;
  };
  report::RunRecord run{.header = {.name = "run",
                                   .order = {.by = "epoch", .reason = "stated"},
                                   .initial = {.checkpoint = {}, .how = "first", .reason = "none"},
                                   .warnings = {"one \xFF\n more"},
                                   .failed = {{.path = "x", .reason = "is none"}}},
                        .checkpoints = {checkpoint("first", 0), checkpoint("second", 1)},
                        .unmatched_globs = {}};
  run.checkpoints[0].order = {
      .parameters = {{.name = "a", .shape = {2, 3}, .kernel_axes = {}, .skipped = {}},
                     {.name = "b", .shape = {2, 3}, .kernel_axes = {}, .skipped = {}}},
      .evidence = "names"};
  const report::LoggedRecord logged{
      .source = report::ScoresReport{.source = "given",
                                     .file = "log \xFE.csv",
                                     .matched_by = "epoch",
                                     .reason = "rows of its epoch",
                                     .rows = 2,
                                     .matched = 1},
      .checkpoints = {{.scores = {{.name = "accuracy", .value = 0.5},
                                  {.name = "loss", .value = {}}}},
                      {.next_used_rates = {{.name = "lr", .value = 0.25}}}},
      .warnings = {"a warning"}};
  return {{.name = "run", .failure = {}, .runs = {run}, .logged = {logged}}};
}

inline report::Part small_part(std::int64_t shard) {
  report::Part part;
  part.shard = shard;
  part.shards = 2;
  part.version = "1.2.3";
  part.options.solver = "auto";
  part.schedule.rmsgd = schedule::RmsgdOptions{.init_lr = 0.1};
  part.plan_digest = digest_of(small_plan());
  if (shard == 1) {
    part.plan = small_plan();
  }
  part.outcomes = {
      {.run = 0, .checkpoint = 0, .tensor = shard - 1, .outcome = measured(1.5)},
      {.run = 0,
       .checkpoint = 1,
       .tensor = shard - 1,
       .outcome = shard == 1 ? measured(2.5)
                             : report::Outcome{.layers = {}, .unchanged = true, .problem = {}}}};
  return part;
}

}  // namespace hindcast::test
