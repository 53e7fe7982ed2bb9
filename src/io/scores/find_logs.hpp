#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint_series.hpp"

#include "io/scores/score_log.hpp"

namespace hindcast::io {

/// A file that looks like a training run's log.
struct FoundLog {
  const ScoreSource* source = nullptr;
  std::filesystem::path path;  ///< To open it by.
  std::string shown_path;      ///< Relative to the folder of the run.
};

struct LogSearch {
  std::vector<FoundLog> logs;         ///< By source, as score_sources() has them.
  std::vector<std::string> warnings;  ///< What was not looked at, and why.
};

/// The logs beside the checkpoints of a run: in the folder that holds them all, in the checkpoints'
/// own folders ("checkpoint-500/"; the last one first), and in the one above where the folder is
/// called "checkpoints", as Lightning does. Links that lead out of these are followed with
/// `follow_links` only. Throws no Error: what cannot be listed holds no log.
[[nodiscard]] LogSearch find_logs(std::span<const CheckpointFile> checkpoints, bool follow_links);

/// What a log says. Throws Error, without the path: io, malformed, limit_exceeded.
[[nodiscard]] ScoreLog read_log(const ScoreSource& source, const std::filesystem::path& path);

}  // namespace hindcast::io
