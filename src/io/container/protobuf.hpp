#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hindcast::io::protobuf {

/// How a field is encoded. Groups (3 and 4) are refused.
enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };

/// One field of a message. A view of the message's bytes.
struct Field {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;           ///< The bits of a varint, fixed64 or fixed32 field.
  std::span<const std::byte> bytes;  ///< The content of a length-delimited field.
};

/// Reads the fields of one message in the order they are stored. Unknown fields are the caller's
/// to pass over; nested messages are length-delimited fields, so the caller bounds the depth.
class MessageReader {
 public:
  explicit MessageReader(std::span<const std::byte> message) noexcept : rest_(message) {}

  /// The next field, or nothing at the end. Throws Error{malformed}.
  std::optional<Field> next();
  /// What has not been read yet.
  [[nodiscard]] std::span<const std::byte> rest() const noexcept { return rest_; }

 private:
  std::span<const std::byte> rest_;
};

/// The encoding of one message. A singular sub-message that is stored in several pieces is their
/// merger, which is what reading the pieces one after the other gives.
using Message = std::vector<std::span<const std::byte>>;

template <typename Function>
void for_each_field(const Message& message, Function&& function) {
  for (const std::span<const std::byte> part : message) {
    MessageReader reader(part);
    while (const std::optional<Field> field = reader.next()) {
      function(*field);
    }
  }
}

/// The content of a field that must be a string, bytes or a message. Throws Error{malformed}.
[[nodiscard]] std::span<const std::byte> bytes_of(const Field& field);
[[nodiscard]] std::string_view text_of(const Field& field);

/// The value of a field that must be an int32, int64 or enum. Throws Error{malformed}.
[[nodiscard]] std::int64_t integer_of(const Field& field);

/// How the numbers of a repeated field are encoded.
enum class Number : std::uint8_t { varint, fixed32, fixed64 };

/// The numbers of one occurrence of a repeated numeric field: one, or a packed run.
class Numbers {
 public:
  /// Throws Error{malformed} where the field is neither packed nor a number of this kind.
  Numbers(const Field& field, Number kind);

  /// The bits of the next number, or nothing at the end. Throws Error{malformed}.
  std::optional<std::uint64_t> next();
  /// How many remain, without decoding them. Throws Error{malformed} where the last is cut off.
  [[nodiscard]] std::uint64_t count() const;

 private:
  Number kind_;
  std::optional<std::uint64_t> single_;
  std::span<const std::byte> packed_;
};

}  // namespace hindcast::io::protobuf
