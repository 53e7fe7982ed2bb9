#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/base/error.hpp"
#include "hindcast/io/checkpoint.hpp"

namespace hindcast::io {

/// Where a checkpoint's step and epoch come from, strongest first.
enum class NumberSource {
  option,     ///< --step-from.
  manifest,   ///< The manifest of the run.
  attribute,  ///< The file itself states them.
  layout,     ///< A trainer's way of naming its checkpoints.
  label,      ///< A label in the name: "my_net_epoch_05".
  varying,    ///< The one number by which the names differ.
  none,
};

/// One checkpoint of a run. None of the names shown to users is an absolute path.
struct CheckpointFile {
  std::filesystem::path path;         ///< To open it by.
  std::filesystem::path named_by;     ///< Whose name counts: "step100" for "step100/model.pt".
  std::string name;                   ///< Name without its suffix; longer where that is not unique.
  std::string shown_path;             ///< Relative to the run's directory, else the file name.
  std::string format;                 ///< Format id: "hdf5".
  std::optional<std::int64_t> step;   ///< None where nothing states it.
  std::optional<std::int64_t> epoch;  ///< Likewise; 0 is the end of the first one.
  NumberSource numbered_by = NumberSource::none;  ///< Where step and epoch come from.
  bool initial = false;                           ///< The weights before training.
  std::uint64_t content = 0;         ///< Files of one series with equal weights share a number > 0.
  std::vector<std::string> aliases;  ///< Shown paths of other files with the same weights.
};

/// How the initial checkpoint was found.
enum class InitialEvidence {
  given,  ///< The user named it.
  named,  ///< By its attributes or its name.
  first,  ///< It was not: what is measured from the start is measured from the first checkpoint.
};

/// The report key: "given", "named" or "first".
[[nodiscard]] std::string_view name(InitialEvidence evidence) noexcept;

/// A file or directory that was asked for and cannot be used.
struct FailedFile {
  std::string shown_path;          ///< As of CheckpointFile.
  std::string reason;              ///< One line.
  ErrorCode code = ErrorCode::io;  ///< Of the error that `reason` tells.
};

/// What put the checkpoints of a run in their order.
struct SeriesOrder {
  std::string by = "none";  ///< "step", "epoch", "epoch_and_step", "manifest", "name" or "none".
  std::string reason;       ///< In words: "epoch, stated in the files".
};

/// The checkpoints of one training run.
struct CheckpointSeries {
  std::string name;                              ///< The directory's.
  std::vector<CheckpointFile> checkpoints;       ///< By step, the initial one first; may be empty.
  SeriesOrder order;                             ///< What put the checkpoints in their order.
  InitialEvidence how = InitialEvidence::first;  ///< How the initial checkpoint was found.
  std::string how_reason;          ///< "attribute epoch = -1", "named 'init'", "step 0", "--init".
  bool has_initial = false;        ///< Is checkpoints[0] the initial one?
  std::vector<FailedFile> failed;  ///< What could not be used.
  std::vector<std::string> warnings;  ///< One line each: what was left out, what is uncertain.
};

/// What the user asked for.
struct SeriesRequest {
  std::vector<std::filesystem::path> paths;           ///< Checkpoints, directories, manifests.
  std::optional<std::filesystem::path> initial = {};  ///< The initial checkpoint of every run.
  /// A regular expression (ECMAScript) for shown paths, whose first group is the step.
  std::optional<std::string> step_from = {};
  bool one_run = false;  ///< Do not tell the runs in one directory apart by their names.
  unsigned threads = 1;  ///< To open the files with.
  /// Files that somebody is writing: what is listed in a directory and is one of them, or holds one
  /// of them, is left out without a word.
  std::vector<std::filesystem::path> being_written = {};
};

/// Finds the runs. Every directory that holds checkpoints is a run, and so is every directory below
/// it that does; links to directories are not followed. Subdirectories named for a step with one
/// checkpoint each ("step100/model.pt") are the checkpoints of one run. Files are one run together.
///
/// Where a directory holds names of two patterns that both have, say, an epoch 1, each pattern is a
/// run. Where it holds "hindcast.manifest.json", or where a path is such a manifest, the manifest
/// says what the run is made of (see io/manifest.hpp).
///
/// The result does not depend on the order of the arguments or of the directory. What cannot be
/// used is in `failed`, never silently missing; a run of which nothing can be used is returned
/// with its failures and without checkpoints. Throws Error where `request.initial` cannot be used:
/// to go on without it would measure something else than was asked for.
[[nodiscard]] std::vector<CheckpointSeries> discover(const SeriesRequest& request,
                                                     const Limits& limits);

}  // namespace hindcast::io
