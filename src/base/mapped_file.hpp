#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <sys/types.h>

#include "base/lost_pages.hpp"

namespace hindcast {

/// What tells one state of one file from another.
struct FileState {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t written_seconds = 0;  ///< Since 1970, and ...
  std::int64_t written_nanoseconds = 0;

  [[nodiscard]] auto operator<=>(const FileState&) const = default;
};

/// A regular file mapped read-only for as long as the object lives.
///
/// Devices, pipes and directories are refused before anything is read, so that opening never
/// blocks. Reading never faults either: where the file is cut short meanwhile, the bytes that are
/// gone read as zeros, and require_unchanged() tells.
class MappedFile {
 public:
  /// Throws Error{io} where the file is missing, unreadable or not a regular file.
  explicit MappedFile(const std::filesystem::path& path);
  /// Maps what `descriptor` is open on, which stays the caller's to close. `path` is its name.
  /// Throws as above.
  MappedFile(int descriptor, std::filesystem::path path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  MappedFile(MappedFile&&) = delete;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

  /// Throws Error{io} where the file was cut short or written to since it was mapped: what was read
  /// may be of neither the old content nor the new. One that was removed, or replaced by another
  /// under its name, still reads as it was.
  void require_unchanged() const;

  /// Tells the kernel that a part of bytes() is not needed soon, so that reading a large file piece
  /// by piece does not keep it in memory. They stay readable; bytes of others are left alone.
  void release(std::span<const std::byte> part) const noexcept;

  /// As it was when it was mapped.
  [[nodiscard]] const FileState& state() const noexcept { return state_; }

 private:
  std::filesystem::path path_;
  FileState state_;
  std::span<const std::byte> bytes_;
  std::optional<WatchedPages> watched_;
};

}  // namespace hindcast
