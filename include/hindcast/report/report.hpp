#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/metrics/layer_measurement.hpp"
#include "hindcast/metrics/summary.hpp"
#include "hindcast/schedule/rmsgd.hpp"

namespace hindcast::report {

/// Every tensor of a checkpoint, analysed or skipped with a reason: the counts add up.
struct Ledger {
  std::int64_t tensors = 0;
  std::int64_t analysed = 0;
  std::map<std::string, std::int64_t> skipped;  ///< By reason.
};

struct LayerReport {
  std::string name;
  std::string kind;
  std::vector<std::uint64_t> shape;
  std::string layout;
  std::string layout_reason;
  std::string dtype;
  metrics::LayerMeasurement measured;
  /// The layer's own numbers as a report that was read gives them, by key: they stand even where
  /// its unfoldings say otherwise or are missing. Empty for a layer that was measured.
  std::map<std::string, std::optional<double>, std::less<>> stated = {};
};

/// A number that the training itself wrote down, under the name it gave it.
struct LoggedNumber {
  std::string name;
  std::optional<double> value;  ///< None where it was not finite.
};

struct CheckpointReport {
  std::string name;
  std::string path;                       ///< Relative to the run; never absolute.
  std::vector<std::string> aliases = {};  ///< Other files with the same weights.
  std::string format;
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
  Ledger ledger;
  metrics::Summary summary;
  std::vector<LayerReport> layers;
  std::int64_t problems = 0;  ///< Links and objects in the file that were refused or unreadable.
  std::vector<LoggedNumber> scores = {};           ///< Accuracy, losses, ...
  std::vector<LoggedNumber> used_rates = {};       ///< Learning rates up to this checkpoint ...
  std::vector<LoggedNumber> next_used_rates = {};  ///< ... and right after it.
};

/// Where the scores of a run come from.
struct ScoresReport {
  std::string source;        ///< "hugging_face", "lightning", "keras", "timm", "given" or "names".
  std::string file;          ///< The log, relative to the run; empty for "names".
  std::string matched_by;    ///< "step", "epoch", "checkpoint" or "name".
  std::string reason;        ///< In words: which rows are a checkpoint's.
  std::int64_t rows = 0;     ///< Of the log.
  std::int64_t matched = 0;  ///< Checkpoints that have scores or rates.
};

/// Where rotation is measured from.
struct InitialCheckpoint {
  std::optional<std::string> checkpoint;  ///< Its name; none if rotation starts at the first one.
  std::string how;                        ///< "given", "named" or "first".
  std::string reason;                     ///< The evidence, in words.
};

/// What put the checkpoints of a run in their order.
struct CheckpointOrder {
  std::string by = "none";  ///< "step", "epoch", "epoch_and_step", "manifest", "name" or "none".
  std::string reason = {};  ///< In words: "epoch: stated in the files".
};

/// A layer that is not the same in two neighbouring checkpoints.
struct LayerChange {
  std::string checkpoint;  ///< The later of the two.
  std::string layer;
  std::string change;  ///< "appeared", "vanished" or "reshaped".
};

struct UnreadCheckpoint {
  std::string path;
  std::string reason;
};

/// A trained tensor: it has a learning rate.
struct Parameter {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> kernel_axes;  ///< Extents of the kernel, for a convolution.
  std::string skipped;                     ///< Ledger key; empty if analysed.
  bool split = false;                      ///< Measured in parts, so it has no gain of its own.
};

/// The parameters of a run in model order.
struct ModelOrder {
  std::vector<Parameter> parameters;
  std::string evidence;  ///< "layer_names", "creation", "graph", "config" or "names".
};

/// Which EVBMF minimiser feeds the schedule.
enum class GainSource { reference, exact };

struct EpochRates {
  std::string after;          ///< The checkpoint at the end of the epoch.
  std::vector<double> rates;  ///< One per parameter: in force from here on.
  /// What the training used in their place, one per parameter as far as it is known; empty where
  /// nothing is.
  std::vector<std::optional<double>> used = {};
};

/// A rate that the choice of EVBMF minimiser changes by more than 10 %.
struct SensitiveRate {
  std::string after;
  std::string parameter;
  double reference = 0.0;
  double exact = 0.0;
};

struct ScheduleReport {
  schedule::RmsgdOptions options;
  GainSource evbmf = GainSource::reference;
  std::string order_evidence;
  std::vector<std::string> parameters;  ///< In model order.
  std::vector<bool> tracked;            ///< One per parameter.
  std::vector<EpochRates> epochs;
  std::vector<std::int64_t> missing_epochs;  ///< Not among the checkpoints, by the run's own count.
  std::vector<std::string> notes;            ///< What to know before using the rates.
  std::vector<SensitiveRate> sensitive;
  bool both_gains =
      true;  ///< False if one minimiser lacks a gain, so that they cannot be compared.
};

struct RunReport {
  std::string name;
  InitialCheckpoint initial;
  CheckpointOrder order = {};
  std::vector<CheckpointReport> checkpoints;
  std::vector<LayerChange> changes;
  std::vector<UnreadCheckpoint> unread;
  std::vector<std::string> warnings;
  std::optional<ScheduleReport> schedule;
  std::string no_schedule;  ///< Why there is none.
  std::vector<std::string> unmatched_globs =
      {};  ///< Of the selection: options without effect here.
  std::optional<ScoresReport> scores = {};
  /// What a schedule is made with besides the layers; none where there is no trained checkpoint.
  std::optional<ModelOrder> model_order = {};
};

/// What was asked for, as far as it changes the numbers.
struct OptionsEcho {
  std::string solver;
  std::vector<std::string> metrics = {};  ///< Empty: all.
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::vector<std::string> layouts;
  std::vector<std::string> kinds;
  std::int64_t min_size = 0;
  bool split_fused = false;
  std::optional<std::int64_t> steps_per_epoch;
  std::optional<std::string> step_from = {};
  bool one_run = false;
  bool spectra = false;  ///< Singular values were kept.
};

struct Report {
  OptionsEcho options;
  std::vector<RunReport> runs;
};

/// One tensor of an inspected file.
struct TensorEntry {
  std::string name;   ///< Full path in the file.
  std::string layer;  ///< What analyze calls it; globs match either.
  std::vector<std::string> aliases;
  std::vector<std::uint64_t> shape;
  std::string dtype;
  std::string role;
  std::string layout;  ///< Empty if not analysed.
  bool analysed = false;
  std::string reason;   ///< The evidence for the layout, or why the tensor is skipped.
  std::string skipped;  ///< Ledger key; empty if analysed.
  std::optional<double> frobenius_norm;
};

/// Something in a file that was refused while the rest was read.
struct FileProblem {
  std::string where;
  std::string reason;
};

struct InspectedFile {
  std::string path;
  std::string format;
  std::string order_evidence;
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
  Ledger ledger;
  std::vector<TensorEntry> tensors;
  std::vector<FileProblem> problems;
  std::int64_t failed_reads = 0;  ///< Tensors whose values turned out corrupt when read.
};

struct InspectReport {
  std::vector<InspectedFile> files;
};

}  // namespace hindcast::report
