#pragma once

#include <filesystem>
#include <string_view>

namespace hindcast {

/// A file that appears whole or not at all: written under a temporary name in the same directory
/// and renamed by `commit`. Without a commit the destructor removes the temporary file and
/// whatever was there before stays as it was.
class AtomicFile {
 public:
  /// Creates the temporary file at once, so that an unwritable place is known before the long
  /// work. Throws Error{io}.
  explicit AtomicFile(std::filesystem::path path);

  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes `content` and renames. Throws Error{io}; the old file is then untouched.
  void commit(std::string_view content);

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

}  // namespace hindcast
