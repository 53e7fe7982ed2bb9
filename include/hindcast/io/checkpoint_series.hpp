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

/// One checkpoint of a run. None of the names shown to users is an absolute path.
struct CheckpointFile {
  std::filesystem::path path;  ///< To open it by.
  std::string name;            ///< File name without its suffix; longer where that is not unique.
  std::string shown_path;      ///< Relative to the run's directory, else the file name.
  std::string format;          ///< Format id: "hdf5".
  std::optional<std::int64_t> step;   ///< From the file itself, else from its name.
  std::optional<std::int64_t> epoch;  ///< Likewise.
  bool initial = false;               ///< The weights before training.
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
  std::string shown_path;
  std::string reason;  ///< One line.
  ErrorCode code = ErrorCode::io;
};

/// The checkpoints of one training run.
struct CheckpointSeries {
  std::string name;
  std::vector<CheckpointFile> checkpoints;  ///< By step, the initial one first; may be empty.
  InitialEvidence how = InitialEvidence::first;
  std::string how_reason;    ///< "attribute epoch = -1", "named 'init'", "step 0", "--init".
  bool has_initial = false;  ///< Is checkpoints[0] the initial one?
  std::vector<FailedFile> failed;
  std::vector<std::string> warnings;  ///< One line each: what was left out, what is uncertain.
};

/// What the user asked for.
struct SeriesRequest {
  std::vector<std::filesystem::path> paths;
  std::optional<std::filesystem::path> initial;  ///< The initial checkpoint of every run.
};

/// Finds the runs. A directory is one run or, if it holds no checkpoint but subdirectories that do,
/// one run each; files are one run together. Subdirectories are searched no deeper.
///
/// The result does not depend on the order of the arguments or of the directory. What cannot be
/// used is in `failed`, never silently missing; a run of which nothing can be used is returned
/// with its failures and without checkpoints. Throws Error where `request.initial` cannot be used:
/// to go on without it would measure something else than was asked for.
[[nodiscard]] std::vector<CheckpointSeries> discover(const SeriesRequest& request,
                                                     const Limits& limits);

}  // namespace hindcast::io
