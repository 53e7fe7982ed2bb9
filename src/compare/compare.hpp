#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/metrics/status.hpp"
#include "hindcast/report/report.hpp"

#include "metrics/better.hpp"

namespace hindcast::compare {

/// What makes a layer of B the counterpart of one of A.
enum class Match {
  name,      ///< The same name.
  position,  ///< The same name and shape, else as the n-th layer of its shape among the others.
};

/// Which checkpoints of two runs are compared.
enum class Moments {
  last,   ///< The last one of each.
  every,  ///< All that both have, by step, epoch or name.
};

struct Options {
  Match match = Match::name;
  Moments moments = Moments::last;
  std::string checkpoint_a = {};  ///< Of each run of A only the one of this name or path; or empty.
  std::string checkpoint_b = {};
  /// Values that differ by no more than this share of the larger are equal, and tensors whose
  /// relative L2 is no more.
  double tolerance = 0.0;
};

/// What became of a value from A to B.
enum class Effect {
  worse,    ///< Also a value that NaN or infinite weights put an end to.
  lost,     ///< There is no value any more, for another reason.
  changed,  ///< Another value, of which no source says whether that is better.
  gained,   ///< There was no value.
  better,   ///< Also a value in place of NaN or infinite weights.
  same,
};

/// "worse" and so on.
[[nodiscard]] std::string_view name(Effect effect) noexcept;

/// One value of A and its counterpart in B.
struct Change {
  std::string layer_a = {};  ///< Both empty for a number of the checkpoint.
  std::string layer_b = {};
  std::string metric;
  std::optional<double> a = {};
  std::optional<double> b = {};
  std::optional<double> change = {};    ///< b - a
  std::optional<double> relative = {};  ///< (b - a) / |a|
  metrics::Better better = metrics::Better::unknown;
  Effect effect = Effect::same;
  std::optional<std::int64_t> layers_a = {};  ///< Of a number of the summary: of how many it is.
  std::optional<std::int64_t> layers_b = {};
  std::string reason = {};  ///< Why there is no value on one side, or no better and worse.
};

/// Worst first: what got worse by the largest share, then what was lost, changed, gained, and got
/// better, there the least first.
void sort_worst_first(std::vector<Change>& changes);

/// A layer of A and its counterpart in B.
struct LayerPair {
  std::string name_a;
  std::string name_b;
  std::vector<std::uint64_t> shape_a;
  std::vector<std::uint64_t> shape_b;
  bool is_reshaped = false;  ///< Other extents along the same logical axes.
  metrics::StatusSet status_a;
  metrics::StatusSet status_b;
};

struct LonelyLayer {
  std::string name;
  std::vector<std::uint64_t> shape;
};

/// How far a tensor is from its counterpart.
struct TensorDistance {
  std::string name_a;
  std::string name_b;
  std::string role;
  std::uint64_t values = 0;
  std::optional<double> cosine_distance = {};
  std::optional<double> relative_l2 = {};  ///< |b - a| / |a|
  std::optional<double> norm_b = {};       ///< |b|, where all values of A are 0.
  std::string reason = {};                 ///< Why it was not compared, or a distance is missing.
  bool is_compared = true;
  bool is_within_tolerance = false;
};

/// First those that were not compared, then those without a distance for another reason than zeros,
/// then the furthest; those that were all 0 in A by what they became. Last what is within the
/// tolerance.
void sort_furthest_first(std::vector<TensorDistance>& tensors);

/// The tensors themselves of two checkpoints.
struct WeightsComparison {
  std::int64_t identical = 0;
  std::int64_t within_tolerance = 0;  ///< Neither identical nor, by the tolerance, different.
  std::int64_t different = 0;
  std::int64_t not_compared = 0;     ///< Could not be read, or not exactly enough.
  std::int64_t without_numbers = 0;  ///< Hold text or the like; they are not looked at.
  std::vector<std::string> only_in_a = {};
  std::vector<std::string> only_in_b = {};
  /// Integer scalars that one side does not keep, such as num_batches_tracked: where names do not
  /// count they are told and are no difference.
  std::vector<std::string> counters_only_in_a = {};
  std::vector<std::string> counters_only_in_b = {};
  std::int64_t layers = 0;                     ///< Weights of layers, on either side.
  std::int64_t layers_identical = 0;           ///< Of these.
  std::int64_t layers_not_compared = 0;        ///< Likewise.
  std::int64_t layers_measured = 0;            ///< Those that the distances below are of.
  std::optional<double> cosine_distance = {};  ///< Of the measured layers as one vector.
  std::optional<double> relative_l2 = {};
  std::vector<TensorDistance> tensors = {};  ///< All that are not identical, furthest first.

  /// Of all layers: "same" where all are identical, "changed", or "not_compared" where those that
  /// may differ could not be compared.
  [[nodiscard]] std::string_view effect() const noexcept;
};

/// Which checkpoint is meant.
struct Moment {
  std::string run;
  std::string checkpoint;
  std::string path;  ///< As the report has it.
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};
};

/// Two checkpoints side by side.
struct Pair {
  Moment a;
  Moment b;
  std::vector<LayerPair> layers = {};  ///< In the order of A.
  std::vector<LonelyLayer> layers_only_in_a = {};
  std::vector<LonelyLayer> layers_only_in_b = {};
  std::vector<std::string> not_comparable = {};  ///< Metrics that mean something else on one side.
  std::vector<Change> changes = {};              ///< Of layers, worst first; without `same`.
  std::vector<Change> summary = {};              ///< Likewise.
  std::vector<Change> scores = {};               ///< Likewise, of what the training logged.
  std::int64_t same = 0;                         ///< Values of layers that are equal.
  std::int64_t missing = 0;                      ///< Values of layers that neither has.
  std::optional<WeightsComparison> weights = {};
  std::string no_weights = {};  ///< Why there are none.

  [[nodiscard]] std::int64_t count(Effect effect) const noexcept;  ///< Of values of layers.
  [[nodiscard]] bool is_same() const noexcept;
};

/// What was compared, as the user named it.
struct Source {
  std::string path;
  bool is_report = false;  ///< Else checkpoints.
};

struct Comparison {
  Source a;
  Source b;
  Options options;
  std::vector<Pair> pairs = {};
  std::vector<std::string> runs_only_in_a = {};
  std::vector<std::string> runs_only_in_b = {};
  std::vector<Moment> checkpoints_only_in_a = {};
  std::vector<Moment> checkpoints_only_in_b = {};

  [[nodiscard]] bool is_same() const noexcept;
  [[nodiscard]] std::int64_t layers() const noexcept;        ///< That have a counterpart.
  [[nodiscard]] std::int64_t tensors() const noexcept;       ///< That were compared.
  [[nodiscard]] std::int64_t not_compared() const noexcept;  ///< Tensors that could not be.
};

/// Sets B beside A, without the weights. Runs are matched by name, or the only one with the only
/// one; all else as the options say. What is measured from the initial weights, or from the
/// checkpoint before, is left out where one side has none: it would be 0 or missing for no fault of
/// the weights. Throws Error{usage} where no run has a checkpoint that was named.
[[nodiscard]] Comparison compare(const report::Report& a, const report::Report& b,
                                 const Options& options);

}  // namespace hindcast::compare
