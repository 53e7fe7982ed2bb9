#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::io {

/// One column of a log.
struct LogColumn {
  std::string name;      ///< As the log has it: "val_accuracy", "lr-SGD/pg1".
  bool is_rate = false;  ///< A learning rate, of all parameters or of a group.
};

struct LoggedValue {
  std::size_t column = 0;
  std::optional<double> value;  ///< None where NaN or an infinity was logged.
};

/// What was logged at one moment; a run may log several times at the same.
struct LogRow {
  std::string run = {};         ///< Only of logs that name runs.
  std::string checkpoint = {};  ///< Only of logs that name checkpoints.
  /// Optimiser steps taken so far; a rate is that of the last of them.
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};  ///< By the log's own count; none where it is broken.
  std::vector<LoggedValue> values = {};
};

/// Accuracy, losses and learning rates that a training run wrote down.
struct ScoreLog {
  std::vector<LogColumn> columns;
  std::vector<LogRow> rows;  ///< In the order they were written.
  bool names_runs = false;
  bool names_checkpoints = false;
};

/// Which rows of a log belong to a checkpoint with a step.
enum class StepRule {
  exact,  ///< Those of the same step.
  up_to,  ///< The last one with a value, after the checkpoint before and no later than this one.
};

/// A trainer's way of keeping a log.
struct ScoreSource {
  std::string_view id;       ///< Report key.
  std::string_view trainer;  ///< For people.
  std::string_view pattern;  ///< Glob of the file's name.
  /// Where several trainers use one name: does the text look like this one's? Throws no Error.
  bool (*recognises)(std::string_view text);
  /// Throws Error: malformed, with the line, or limit_exceeded.
  ScoreLog (*read)(std::string_view text);
  StepRule step_rule = StepRule::exact;
  /// What the trainer's own names of checkpoints count an epoch higher than its log.
  std::int64_t epoch_shift = 0;
};

/// The logs that are looked for beside checkpoints, the most telling first.
[[nodiscard]] std::span<const ScoreSource* const> score_sources() noexcept;

/// A table the user made: `step` and/or `epoch`, `run` and `checkpoint` where they are needed, and
/// any metrics and rates. Not among those looked for.
extern const ScoreSource given_scores;

}  // namespace hindcast::io
