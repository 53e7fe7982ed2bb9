#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint_series.hpp"

namespace hindcast::cli {

/// Where the checkpoints lie that a report calls by names.
class CheckpointPlaces {
 public:
  explicit CheckpointPlaces(std::vector<io::CheckpointSeries> series)
      : series_(std::move(series)) {}

  /// The file of a checkpoint. `run` need not be known: a directory that holds two runs is told
  /// apart only by the weights. Nothing where several files could be meant.
  [[nodiscard]] std::optional<std::filesystem::path> find(const std::string& run,
                                                          const std::string& shown_path) const;

 private:
  std::vector<io::CheckpointSeries> series_;
};

}  // namespace hindcast::cli
