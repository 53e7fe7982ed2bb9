#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/report.hpp"

#include "io/scores/find_logs.hpp"

namespace hindcast::analysis {

/// Where accuracy and used rates are read from.
struct ScoresRequest {
  bool search = true;                              ///< Look beside the checkpoints.
  std::optional<std::filesystem::path> file = {};  ///< A table in place of what lies there.
};

/// Sets what the training itself logged beside what was measured. A log that cannot be read, or
/// that is nobody's for certain, is one warning of its run; a table the user gave is an error.
class ScoreBook {
 public:
  /// Reads the table that was given. Throws Error with its path.
  ScoreBook(ScoresRequest request, bool follow_links);

  /// Throws Error{usage} where the table that was given does not tell so many runs apart.
  void require_fit(std::size_t runs) const;

  /// Looks for the logs of the report's next run.
  void add(const io::CheckpointSeries& series);
  /// The next run has no checkpoints.
  void add_failed() { runs_.emplace_back(); }

  /// Writes scores and used rates into the runs that were added, in that order.
  void write(std::vector<report::RunReport>& runs) const;

 private:
  struct Run {
    std::vector<io::CheckpointFile> checkpoints = {};
    io::LogSearch found = {};
  };
  struct ReadLog {
    const io::ScoreSource* source = nullptr;
    std::string file;
    io::ScoreLog log;
  };

  void write_given(const Run& of, report::RunReport& run) const;
  void warn_of_strangers(std::vector<report::RunReport>& runs) const;
  void write_found(const Run& of, report::RunReport& run) const;
  [[nodiscard]] std::optional<ReadLog> chosen_log(const Run& of, report::RunReport& run) const;
  static std::optional<ReadLog> read_first(const std::vector<const io::FoundLog*>& logs,
                                           report::RunReport& run);

  ScoresRequest request_;
  bool follow_links_ = false;
  std::optional<ReadLog> given_;
  std::vector<Run> runs_;
  std::map<std::string, std::size_t> holders_;  // Runs that found a log, by its place.
};

}  // namespace hindcast::analysis
