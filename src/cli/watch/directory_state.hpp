#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

namespace hindcast::cli {

/// What tells versions of a file apart without reading it.
struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;  ///< Nanoseconds.

  auto operator<=>(const FileStamp&) const = default;
};

/// Files, and in what version they are.
using DirectoryState = std::map<std::filesystem::path, FileStamp>;

/// The regular files below a directory, as deep as checkpoints are searched; none where there is no
/// such directory. What is hidden is left out, and so is what `left_out` names by its canonical
/// path: files, and directories with all that is in them.
[[nodiscard]] DirectoryState state_of(const std::filesystem::path& directory,
                                      const std::set<std::filesystem::path>& left_out);

/// A table or log by its name, which grows all the time while a training runs.
[[nodiscard]] bool is_log(const std::filesystem::path& path);

/// What became of a directory from one look to the next.
class Settling {
 public:
  /// At the first look everything is taken to be whole: nothing else is known of it.
  void look(DirectoryState now);

  /// The files that were the same at the last two looks.
  [[nodiscard]] const DirectoryState& settled() const noexcept { return settled_; }
  /// The others.
  [[nodiscard]] const std::vector<std::filesystem::path>& being_written() const noexcept {
    return being_written_;
  }
  /// Did a file that is no log come or change since the look before?
  [[nodiscard]] bool moved() const noexcept { return moved_; }

 private:
  bool looked_ = false;
  bool moved_ = false;
  DirectoryState last_;
  DirectoryState settled_;
  std::vector<std::filesystem::path> being_written_;
};

/// Are there the same versions of the same files, but for logs?
[[nodiscard]] bool same_but_for_logs(const DirectoryState& a, const DirectoryState& b);

}  // namespace hindcast::cli
