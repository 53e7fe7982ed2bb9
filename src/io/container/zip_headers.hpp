#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_cursor.hpp"

namespace hindcast::io::zip {

inline constexpr std::uint16_t kStored = 0;
inline constexpr std::uint16_t kDeflated = 8;

/// What local and central headers both say of a member. Views the archive.
struct Header {
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t size = 0;
  std::string_view name;

  /// In any of the ways that flags tell.
  [[nodiscard]] bool is_encrypted() const noexcept;
  [[nodiscard]] bool is_patch() const noexcept;
  /// A descriptor follows the content, and the local header may leave fields zero.
  [[nodiscard]] bool has_descriptor() const noexcept;
};

/// An entry of the central directory.
struct Entry {
  Header header;
  std::uint64_t local_offset = 0;
};

/// Where the central directory lies.
struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;
};

/// Finds the end record, which must end the archive and follow the directory, and its zip64
/// companion. Throws Error{malformed}.
[[nodiscard]] Directory find_directory(std::span<const std::byte> archive);

/// The entries of the central directory, in its order; there must be as many as it says. Throws
/// Error{malformed, limit_exceeded}.
[[nodiscard]] std::vector<Entry> read_entries(std::span<const std::byte> archive,
                                              const Directory& directory,
                                              std::uint64_t most_members);

/// Reads a local header, up to where the content begins. Throws Error{malformed}.
[[nodiscard]] Header read_local_header(ByteCursor& cursor);

/// The length of the data descriptor at the front of `rest`, which must say what `header` does.
/// Throws Error{malformed}.
[[nodiscard]] std::uint64_t descriptor_bytes(std::span<const std::byte> rest, const Header& header);

}  // namespace hindcast::io::zip
