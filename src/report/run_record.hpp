#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/metrics/layer_measurement.hpp"
#include "hindcast/report/report.hpp"

namespace hindcast::report {

/// What measuring one tensor gave.
struct Outcome {
  std::vector<metrics::LayerMeasurement> layers;  ///< One for each layer that the tensor holds.
  /// The values are, bit by bit, those of the checkpoint before, and so are the measurements, but
  /// for the step rotation: `layers` is left empty.
  bool unchanged = false;
  std::string problem;  ///< Why it could not be read; empty if it could.
};

/// A tensor that is analysed.
struct TensorRecord {
  std::vector<LayerReport> layers;         ///< The layers it holds, without their measurements.
  std::optional<Outcome> outcome = {};     ///< None where it was measured elsewhere, or not yet.
  std::optional<std::int64_t> shard = {};  ///< From 1: who measures it, where several share that.
};

/// All that the report of a run needs of a checkpoint, as one walk through its file gives it.
struct CheckpointRecord {
  std::string name;
  std::string path;                    ///< As in the report.
  std::optional<std::string> failure;  ///< Why the file could not be opened: then that is all.
  std::string identity = {};           ///< Differs between different files, if not for certain.
  std::vector<std::string> aliases = {};
  std::string format = {};
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};
  bool initial = false;  ///< The weights before training.
  Ledger ledger = {};    ///< What is analysed is not counted yet.
  std::int64_t problems = 0;
  std::vector<std::string> warnings = {};          ///< On what the file holds, ...
  std::vector<std::string> folding_warnings = {};  ///< ... and on what it is not compared with.
  std::vector<TensorRecord> tensors = {};          ///< Those that are analysed, in model order.
  std::optional<ModelOrder> order = {};            ///< At the first trained checkpoint of the run.
};

/// What is known of a run before its checkpoints are looked at.
struct RunHeader {
  std::string name;
  CheckpointOrder order;
  InitialCheckpoint initial;  ///< As it was found.
  std::vector<std::string> warnings;
  std::vector<UnreadCheckpoint> failed;  ///< Files that are no checkpoints of the run after all.
};

struct RunRecord {
  RunHeader header;
  std::vector<CheckpointRecord> checkpoints;
  std::vector<std::string> unmatched_globs;
};

/// What the training itself logged, to be set beside what was measured.
struct LoggedRecord {
  struct Checkpoint {
    std::vector<LoggedNumber> scores = {};
    std::vector<LoggedNumber> used_rates = {};
    std::vector<LoggedNumber> next_used_rates = {};
  };

  std::optional<ScoresReport> source = {};
  std::vector<Checkpoint> checkpoints = {};  ///< Those that could be read.
  std::vector<std::string> warnings = {};
};

}  // namespace hindcast::report
