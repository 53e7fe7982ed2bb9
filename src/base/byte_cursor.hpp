#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace hindcast {

/// A read position in bytes we do not trust. No reader does pointer arithmetic of its own.
///
/// Strong guarantee: a read that throws leaves the cursor where it was.
class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t remaining() const noexcept { return bytes_.size() - offset_; }
  [[nodiscard]] bool at_end() const noexcept { return remaining() == 0; }

  /// The next `count` bytes, without copying. Throws Error{malformed} if fewer remain.
  std::span<const std::byte> take(std::uint64_t count);

  /// Passes over `count` bytes. Throws Error{malformed} if fewer remain.
  void skip(std::uint64_t count) { take(count); }

  /// Reads one little-endian integer. Throws Error{malformed} if too few bytes remain.
  template <std::unsigned_integral T>
  T read_le() {
    static_assert(std::endian::native == std::endian::little);
    T value = 0;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t offset_ = 0;
};

}  // namespace hindcast
