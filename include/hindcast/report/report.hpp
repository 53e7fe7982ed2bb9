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
  std::int64_t tensors = 0;                     ///< In the file.
  std::int64_t analysed = 0;                    ///< Of these.
  std::map<std::string, std::int64_t> skipped;  ///< By reason.
};

/// One layer at one checkpoint.
struct LayerReport {
  std::string name;                    ///< Its tensor's, or that and which part of it.
  std::string kind;                    ///< A name of tensor::LayerKind: "conv", "linear", ...
  std::vector<std::uint64_t> shape;    ///< Extents of the stored axes.
  std::string layout;                  ///< What those are: "OIHW".
  std::string layout_reason;           ///< The evidence for it, in words.
  std::string dtype;                   ///< A name of tensor::DType: "float32", ...
  metrics::LayerMeasurement measured;  ///< Its numbers.
  /// The layer's own numbers as a report that was read gives them, by key: they stand even where
  /// its unfoldings say otherwise or are missing. Empty for a layer that was measured.
  std::map<std::string, std::optional<double>, std::less<>> stated = {};
};

/// A number that the training itself wrote down, under the name it gave it.
struct LoggedNumber {
  std::string name;             ///< "val_accuracy".
  std::optional<double> value;  ///< None where it was not finite.
};

/// One checkpoint of a run, measured.
struct CheckpointReport {
  std::string name;                       ///< Unique in the run.
  std::string path;                       ///< Relative to the run; never absolute.
  std::vector<std::string> aliases = {};  ///< Other files with the same weights.
  std::string format;                     ///< A format's id: "hdf5".
  std::optional<std::int64_t> step;       ///< None where nothing states it.
  std::optional<std::int64_t> epoch;      ///< Likewise.
  Ledger ledger;                          ///< What became of every tensor.
  metrics::Summary summary;               ///< Over the layers.
  std::vector<LayerReport> layers;        ///< In model order.
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
  std::string layer;       ///< Its name.
  std::string change;      ///< "appeared", "vanished" or "reshaped".
};

/// A file that is a checkpoint and could not be read.
struct UnreadCheckpoint {
  std::string path;    ///< Relative to the run.
  std::string reason;  ///< One line.
};

/// A trained tensor: it has a learning rate.
struct Parameter {
  std::string name;                        ///< Its tensor's.
  std::vector<std::uint64_t> shape;        ///< Extents of the stored axes.
  std::vector<std::uint64_t> kernel_axes;  ///< Extents of the kernel, for a convolution.
  std::string skipped;                     ///< Ledger key; empty if analysed.
  bool split = false;                      ///< Measured in parts, so it has no gain of its own.
};

/// The parameters of a run in model order.
struct ModelOrder {
  std::vector<Parameter> parameters;  ///< All that are trained.
  std::string evidence;               ///< "layer_names", "creation", "graph", "config" or "names".
};

/// Which EVBMF minimiser feeds the schedule.
enum class GainSource { reference, exact };

/// The prescribed rates of one epoch.
struct EpochRates {
  std::string after;          ///< The checkpoint at the end of the epoch.
  std::vector<double> rates;  ///< One per parameter: in force from here on.
  /// What the training used in their place, one per parameter as far as it is known; empty where
  /// nothing is.
  std::vector<std::optional<double>> used = {};
};

/// A rate that the choice of EVBMF minimiser changes by more than 10 %.
struct SensitiveRate {
  std::string after;       ///< The checkpoint.
  std::string parameter;   ///< Its name.
  double reference = 0.0;  ///< By the published optimiser's minimiser.
  double exact = 0.0;      ///< By the global minimum.
};

/// The learning rates that RMSGD would have prescribed for these weights.
struct ScheduleReport {
  schedule::RmsgdOptions options;            ///< What the rates were made with.
  GainSource evbmf = GainSource::reference;  ///< Whose knowledge gains they follow.
  std::string order_evidence;                ///< As of ModelOrder.
  std::vector<std::string> parameters;       ///< In model order.
  std::vector<bool> tracked;                 ///< One per parameter.
  std::vector<EpochRates> epochs;            ///< In order.
  std::vector<std::int64_t> missing_epochs;  ///< Not among the checkpoints, by the run's own count.
  std::vector<std::string> notes;            ///< What to know before using the rates.
  std::vector<SensitiveRate> sensitive;      ///< All of them.
  bool both_gains =
      true;  ///< False if one minimiser lacks a gain, so that they cannot be compared.
};

/// One training run, from its first checkpoint to its last.
struct RunReport {
  std::string name;                           ///< Unique in the report.
  InitialCheckpoint initial;                  ///< Where rotation is measured from.
  CheckpointOrder order = {};                 ///< Of the checkpoints.
  std::vector<CheckpointReport> checkpoints;  ///< In that order, the initial one first.
  std::vector<LayerChange> changes;           ///< Layers that come, go or change shape on the way.
  std::vector<UnreadCheckpoint> unread;       ///< What could not be read.
  std::vector<std::string> warnings;          ///< One line each.
  std::optional<ScheduleReport> schedule;     ///< None where `no_schedule` says why.
  std::string no_schedule;                    ///< Why there is none.
  std::vector<std::string> unmatched_globs =
      {};                                   ///< Of the selection: options without effect here.
  std::optional<ScoresReport> scores = {};  ///< None where there are no scores.
  /// What a schedule is made with besides the layers; none where there is no trained checkpoint.
  std::optional<ModelOrder> model_order = {};
};

/// What was asked for, as far as it changes the numbers.
struct OptionsEcho {
  std::string solver;                           ///< "auto", "dense" or "partial".
  std::vector<std::string> metrics = {};        ///< Empty: all.
  std::vector<std::string> include;             ///< Globs.
  std::vector<std::string> exclude;             ///< Globs.
  std::vector<std::string> layouts;             ///< Rules "GLOB=LETTERS".
  std::vector<std::string> kinds;               ///< Names of tensor::LayerKind; empty: all.
  std::int64_t min_size = 0;                    ///< Weights that a layer has at least.
  bool split_fused = false;                     ///< Gates and fused projections as layers.
  std::optional<std::int64_t> steps_per_epoch;  ///< As given.
  std::optional<std::string> step_from = {};    ///< A regular expression.
  bool one_run = false;                         ///< Directories were not told apart into runs.
  bool spectra = false;                         ///< Singular values were kept.
};

/// All that `hindcast analyze` found; what every writer gets.
struct Report {
  OptionsEcho options;          ///< What was asked for.
  std::vector<RunReport> runs;  ///< In natural order of their names.
};

/// One tensor of an inspected file.
struct TensorEntry {
  std::string name;                  ///< Full path in the file.
  std::string layer;                 ///< What analyze calls it; globs match either.
  std::vector<std::string> aliases;  ///< Other paths to the same values.
  std::vector<std::uint64_t> shape;  ///< Extents of the stored axes.
  std::string dtype;                 ///< A name of tensor::DType.
  std::string role;                  ///< A name of tensor::Role.
  std::string layout;                ///< Empty if not analysed.
  bool analysed = false;             ///< Is it measured?
  std::string reason;                ///< The evidence for the layout, or why the tensor is skipped.
  std::string skipped;               ///< Ledger key; empty if analysed.
  std::optional<double> frobenius_norm;  ///< None where its values cannot be read.
};

/// Something in a file that was refused while the rest was read.
struct FileProblem {
  std::string where;   ///< The path in the file.
  std::string reason;  ///< One line.
};

/// What a file holds.
struct InspectedFile {
  std::string path;                   ///< As it was given.
  std::string format;                 ///< A format's id: "hdf5".
  std::string order_evidence;         ///< As of ModelOrder.
  std::optional<std::int64_t> step;   ///< As the file states it.
  std::optional<std::int64_t> epoch;  ///< Likewise.
  Ledger ledger;                      ///< What becomes of every tensor.
  std::vector<TensorEntry> tensors;   ///< Every one, in the file's order.
  std::vector<FileProblem> problems;  ///< All of them.
  std::int64_t failed_reads = 0;      ///< Tensors whose values turned out corrupt when read.
};

/// All that `hindcast inspect` found.
struct InspectReport {
  std::vector<InspectedFile> files;  ///< In the order that was asked for.
};

}  // namespace hindcast::report
