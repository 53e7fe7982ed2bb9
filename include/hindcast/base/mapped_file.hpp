#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace hindcast {

/// A regular file mapped read-only for as long as the object lives.
///
/// Devices, pipes and directories are refused before anything is read, so that opening never
/// blocks.
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

  /// Tells the kernel that a part of bytes() is not needed soon, so that reading a large file piece
  /// by piece does not keep it in memory. They stay readable; bytes of others are left alone.
  void release(std::span<const std::byte> part) const noexcept;

 private:
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

}  // namespace hindcast
