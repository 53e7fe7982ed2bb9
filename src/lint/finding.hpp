#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::lint {

enum class Severity {
  error,    ///< The series is not what it claims to be.
  warning,  ///< Something in it does not work, or was left out of the training.
  note,     ///< Often meant so.
};

[[nodiscard]] std::string_view name(Severity severity) noexcept;

/// What can be found. Names are a contract: see explanation().
enum class Kind {
  identical_checkpoints,
  repeated_final,
  reset_to_initial,
  still_initial,
  foreign_shard,
  identical_tensor,
  steps_out_of_order,
  rotation_jump,
  two_runs,
  step_contradiction,
  repeated_step,
  non_finite,
  dead_filter,
  frozen_layer,
  moved_once,
  paused_layer,
  appeared_layer,
  vanished_layer,
  reshaped_layer,
  unread_checkpoint,
};

/// Every kind, in the order of --explain.
[[nodiscard]] std::span<const Kind> kinds() noexcept;

[[nodiscard]] std::string_view name(Kind kind) noexcept;

/// One line: what it means.
[[nodiscard]] std::string_view explanation(Kind kind) noexcept;

/// One of the checkpoints, as reports name it.
struct Moment {
  std::string checkpoint;
  std::string path;
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};
};

/// Cosine distances from the initial checkpoint, or else from the first one: at the checkpoint
/// before, the one in question, and the one after. The mean over the layers of a finding, or over
/// all.
using Rotations = std::array<std::optional<double>, 3>;

/// One thing that is wrong with a run.
struct Finding {
  Kind kind = Kind::identical_checkpoints;
  Severity severity = Severity::error;
  std::size_t position = 0;  ///< Of the checkpoint in the run.
  Moment at = {};
  std::optional<Moment> other = {};            ///< Whose weights these are, or where they belong.
  std::vector<std::string> layers = {};        ///< Tensors by name; empty: the whole checkpoint.
  std::optional<std::uint64_t> count = {};     ///< Of dead filters, or of NaN and infinite values.
  std::array<std::size_t, 3> neighbours = {};  ///< Positions before, of and after what jumps.
  bool wants_rotations = false;                ///< Are `rotations` to be measured there?
  std::optional<Rotations> rotations = {};
  std::string evidence = {};  ///< One line; names are printable.
};

/// What was looked at in a run, and found.
struct RunFindings {
  std::string name;
  std::size_t checkpoints = 0;
  std::size_t layers = 0;              ///< Weights whose movement was followed.
  std::size_t other_tensors = 0;       ///< Looked at for NaN and for copies.
  std::vector<Finding> findings = {};  ///< Worst first, then by position.
  std::vector<std::string> warnings = {};
};

struct LintReport {
  std::vector<RunFindings> runs;

  [[nodiscard]] std::size_t count(Severity severity) const;
};

}  // namespace hindcast::lint
