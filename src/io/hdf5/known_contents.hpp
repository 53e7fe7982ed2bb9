#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "base/mapped_file.hpp"

namespace hindcast::io::hdf5 {

/// What cells answered when they were asked for the table of contents of a file. A run opens each
/// of its files several times, and starting a process takes longer than reading small weights. Safe
/// to use from several threads.
class KnownContents {
 public:
  /// Remembers no more than so much, so that memory does not grow with the number of files.
  explicit KnownContents(std::uint64_t most_bytes) : most_bytes_(most_bytes) {}

  [[nodiscard]] std::optional<std::vector<std::byte>> find(const FileState& file,
                                                           const Limits& limits) const;

  /// Does nothing where there is no room, or where the file was written to just now: its time could
  /// be the same after the next change.
  void keep(const FileState& file, const Limits& limits, std::vector<std::byte> answer);

 private:
  struct Known {
    Limits limits;
    std::vector<std::byte> answer;
  };

  std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::map<FileState, Known> known_;
};

/// Those of this process.
[[nodiscard]] KnownContents& known_contents();

}  // namespace hindcast::io::hdf5
