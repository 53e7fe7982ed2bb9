#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast {

/// Short texts in a directory, each found again by its key: one small file each, which appears
/// whole or not at all, so that any number of processes may share the directory and each may end at
/// any moment. A file that is damaged is as good as none.
class TextCache {
 public:
  enum class Opening {
    to_keep,       ///< Made if there is none.
    as_it_stands,  ///< Nothing is written for it.
  };

  /// Throws Error{io}; Error{usage} for a directory that holds something else.
  explicit TextCache(std::filesystem::path directory, Opening opening = Opening::to_keep);

  /// What was kept under `key`. Safe to call from several threads, as is `keep`.
  [[nodiscard]] std::optional<std::string> find(std::string_view key) const;

  /// Throws Error{io} where it cannot be written.
  void keep(std::string_view key, std::string_view text) const;

  struct Size {
    std::uint64_t texts = 0;
    std::uint64_t bytes = 0;
  };

  /// What pruning leaves and takes.
  struct Pruning {
    Size kept;
    Size removed;
    std::uint64_t leftovers = 0;  ///< Files that a process which was killed did not finish.
  };

  struct PruneOptions {
    /// Remove what was not used for so long.
    std::optional<std::chrono::seconds> unused_for = {};
    /// Then remove what was not used for longest, until the rest has no more bytes than this.
    std::optional<std::uint64_t> most_bytes = {};
    bool dry_run = false;
  };

  /// Throws Error{io} where a file cannot be removed or a directory not be listed.
  Pruning prune(const PruneOptions& options) const;

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }

 private:
  [[nodiscard]] std::filesystem::path path_of(std::string_view key) const;

  std::filesystem::path directory_;
};

}  // namespace hindcast
