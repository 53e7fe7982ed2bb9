#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

namespace hindcast::io {

/// One member of a zip archive.
struct ZipMember {
  std::string name;        ///< As stored; never used as a path.
  std::uint64_t size = 0;  ///< Uncompressed bytes.
  std::uint32_t crc = 0;
  bool stored = false;               ///< Uncompressed, so `bytes` are the content itself.
  std::span<const std::byte> bytes;  ///< As stored in the archive.
  std::string unreadable = {};       ///< Why the content cannot be had; empty if it can.
};

/// The table of contents of a zip archive, read from the central directory alone (APPNOTE 6.3.10),
/// with zip64. A view of the archive's bytes, which must outlive it.
///
/// Refused: encryption, two members of one name, members that overlap, local headers that disagree
/// with the central directory, anything out of bounds. A member of a method other than stored and
/// deflated is listed as unreadable.
class ZipArchive {
 public:
  /// There may be a member for each of `most_tensors`, and a thousand others. Throws
  /// Error{malformed, unsupported, limit_exceeded}.
  explicit ZipArchive(std::span<const std::byte> archive,
                      std::uint64_t most_tensors = Limits{}.tensors);

  /// In the order of the central directory. Directory entries are left out.
  [[nodiscard]] std::span<const ZipMember> members() const noexcept { return members_; }
  /// Null where there is no such member.
  [[nodiscard]] const ZipMember* find(std::string_view name) const noexcept;

 private:
  std::vector<ZipMember> members_;
};

/// The names that a zip archive lists, for probes: of the central directory or, where that is lost
/// or corrupt, of the members from the start on. Nothing is checked; none if it is no zip archive.
[[nodiscard]] std::vector<std::string_view> listed_names(
    std::span<const std::byte> archive) noexcept;

/// The content of one member: in place if it is stored, else inflated; its CRC-32 is checked.
class ZipContent {
 public:
  /// Throws Error{malformed} where the content is not what the directory says, Error{unsupported}
  /// for unreadable members, and Error{limit_exceeded} where `size` is above `most_bytes` or
  /// inflates implausibly (zip bombs). `raise_with` says what can be done about `most_bytes`.
  ZipContent(const ZipMember& member, std::uint64_t most_bytes, std::string_view raise_with = "");

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> inflated_;
  std::span<const std::byte> bytes_;
};

/// The first `count` bytes of a member's content, or all where there are fewer, without its check:
/// enough to read a header without inflating the rest. Throws Error{malformed, unsupported} where
/// they cannot be inflated.
[[nodiscard]] std::vector<std::byte> first_bytes(const ZipMember& member, std::uint64_t count);

}  // namespace hindcast::io
