#pragma once

// A report as a stream of numbers, which is what other tools take.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hindcast/report/report.hpp"

namespace hindcast::report {

/// What a number of a report is about.
enum class Scope {
  layer,
  unfolding,
  summary,
  score,           ///< Logged by the training,
  used_rate,       ///< ... up to the checkpoint,
  next_used_rate,  ///< ... and right after it.
  schedule,        ///< The rate in force after the checkpoint, and the one used in its place.
};

[[nodiscard]] std::string_view name(Scope scope) noexcept;

/// One number at one checkpoint. A view of the report.
struct Scalar {
  Scope scope = Scope::layer;
  std::string_view metric = {};     ///< "knowledge_gain", "rotation.mean", "val_loss", "rate"
  std::string_view layer = {};      ///< Or parameter; empty where it is of the whole checkpoint.
  std::string_view unfolding = {};  ///< "output" or "input"; empty where it is of neither.
  std::optional<double> value = {};
};

/// As rules of the gate name it: "knowledge_gain", "stable_rank@input", "summary.rotation.mean",
/// "scores.val_loss"; of the schedule "rate" and "used_rate".
[[nodiscard]] std::string qualified_name(const Scalar& scalar);

/// Which numbers are taken.
struct ScalarChoice {
  std::vector<std::string> globs = {};  ///< Of qualified names; empty: all.
  bool unfoldings = false;              ///< Those of each unfolding, too.
};

/// The numbers of one run.
class Scalars {
 public:
  Scalars(const RunReport& run, const ScalarChoice& choice);

  /// Calls `take` with each number of a checkpoint of the run, always in the same order.
  void for_each(const CheckpointReport& checkpoint,
                const std::function<void(const Scalar&)>& take) const;

 private:
  [[nodiscard]] bool is_chosen(const Scalar& scalar) const;

  const RunReport& run_;
  const ScalarChoice& choice_;
  std::unordered_map<std::string_view, const EpochRates*> epochs_;  // By checkpoint.
  mutable std::unordered_map<std::string, bool> chosen_;            // By qualified name.
};

/// Is any number of the report chosen, and not missing?
[[nodiscard]] bool holds_any(const Report& report, const ScalarChoice& choice);

/// Where the checkpoints of a run lie on the axis of a chart: increasing numbers.
struct StepAxis {
  std::string_view kind;  ///< "step", "epoch" or "index".
  std::vector<std::int64_t> steps;
};

/// By step where that tells the checkpoints apart, else by epoch, else by their place in the run.
/// An initial checkpoint that states none stands at 0, or one before the first if that is not
/// later.
[[nodiscard]] StepAxis step_axis(const RunReport& run);

}  // namespace hindcast::report
