#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/unfinished.hpp"

namespace hindcast {

/// What must be on the disk before a new file takes the name.
enum class Durability {
  content,             ///< All of it: a power cut leaves the old file or the new one.
  left_to_the_system,  ///< Nothing: faster, for files that can tell whether they are whole.
};

/// A file that appears whole or not at all: written under a temporary name in the same directory
/// and renamed by `commit`. Without a commit the temporary file is removed, by the destructor or
/// Unfinished::remove_all(), and whatever was there before stays as it was.
class AtomicFile {
 public:
  /// Creates the temporary file at once, so that an unwritable place is known before the long
  /// work. Throws Error{io}, also for what is there but no regular file: a rename would put a file
  /// in the place of the device or pipe.
  explicit AtomicFile(std::filesystem::path path);

  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Adds to what will be there. Throws Error{io}; the old file is then untouched.
  void append(std::string_view content);

  /// Appends `content` and renames. Throws Error{io}; the old file is then untouched.
  void commit(std::string_view content = {}, Durability durability = Durability::content);

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
  std::optional<Unfinished> unfinished_;
};

}  // namespace hindcast
