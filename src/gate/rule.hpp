#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/tensor/unfolding.hpp"

namespace hindcast::gate {

/// How the values of several layers become one.
enum class Aggregate {
  each,           ///< They do not: every layer is judged on its own.
  min,            ///< The smallest.
  max,            ///< The largest.
  mean,           ///< sum q / N
  weighted_mean,  ///< sum p q / sum p, p the layer's number of weights, as in the summary.
  median,         ///< quantile(0.5)
  quantile,       ///< Linear between the order statistics around (N - 1) times the share.
  count,          ///< How many layers have a value.
  summary,        ///< None is needed: the metric is one number for a checkpoint.
};

/// "weighted_mean"; "value" for `summary`.
[[nodiscard]] std::string_view name(Aggregate aggregate) noexcept;

/// What is measured, in the report's names.
struct MetricName {
  std::string key = {};        ///< "knowledge_gain", "sum_of_stable_ranks"
  std::string statistic = {};  ///< "mean" in "summary.knowledge_gain.mean".
  bool of_summary = false;     ///< A number of the checkpoint, not of its layers.
  bool of_scores = false;      ///< And one that the training logged: the key is its name.
  std::optional<tensor::Unfolding> unfolding = {};  ///< Of one unfolding instead of their mean.

  bool operator==(const MetricName&) const = default;
};

/// Which checkpoints of a run are judged.
struct CheckpointChoice {
  enum class Kind { last, every, steps, epochs };
  Kind kind = Kind::last;
  std::optional<std::int64_t> first = {};  ///< Of a range of steps or epochs, both ends included;
  std::optional<std::int64_t> last = {};   ///< none: no end on that side.

  bool operator==(const CheckpointChoice&) const = default;
};

/// Empty lists select everything.
struct Selection {
  std::vector<std::string> layers = {};  ///< Globs of names, one of which must match.
  std::vector<std::string> kinds = {};   ///< "conv", ...
  std::vector<std::string> runs = {};    ///< Globs of names.
  CheckpointChoice checkpoints;

  bool operator==(const Selection&) const = default;
};

/// How the value changed over the last checkpoints of a run, in place of the value itself.
struct Trend {
  enum class By {
    slope,          ///< Of the line by least squares, per checkpoint.
    change,         ///< The last less the first.
    smallest_step,  ///< The least change from one to the next: not below 0 where none falls.
    largest_step,   ///< The greatest: not above 0 where none rises.
  };
  std::int64_t checkpoints = 2;  ///< So many, at least 2, of those that are selected.
  By by = By::slope;

  bool operator==(const Trend&) const = default;
};

/// "smallest_step"
[[nodiscard]] std::string_view name(Trend::By by) noexcept;

enum class Comparison { at_least, at_most, above, below, equal };

/// ">=" and so on.
[[nodiscard]] std::string_view sign(Comparison comparison) noexcept;

/// constant + of_baseline * b + of_magnitude * |b|, b the same value of the baseline.
struct Bound {
  double constant = 0.0;
  double of_baseline = 0.0;
  double of_magnitude = 0.0;
  bool uses_baseline = false;

  bool operator==(const Bound&) const = default;
};

struct Condition {
  Comparison comparison = Comparison::at_least;
  Bound bound;

  bool operator==(const Condition&) const = default;
};

/// One line of a policy. Every condition must hold at every selected checkpoint of every selected
/// run.
struct Rule {
  std::string title = {};  ///< Given by the policy; may be empty.
  MetricName metric;
  Aggregate aggregate = Aggregate::each;
  double share = 0.5;  ///< Of `quantile`, in [0, 1].
  Selection selection;
  std::optional<Trend> trend = {};
  bool ignore_nulls = false;  ///< Judge the layers that have a value, whatever the others are.
  std::vector<Condition> conditions = {};

  bool operator==(const Rule&) const = default;
};

/// The rule in its short form, which parse_rule reads back.
[[nodiscard]] std::string expression(const Rule& rule);

/// ">= 0.95 * baseline"
[[nodiscard]] std::string expression(const Condition& condition);

/// What the rule will do, in words.
[[nodiscard]] std::string explain(const Rule& rule);

}  // namespace hindcast::gate
