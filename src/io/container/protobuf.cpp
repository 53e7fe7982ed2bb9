// The protobuf wire format, bounded: https://protobuf.dev/programming-guides/encoding/
//
//   field = varint(number << 3 | wire type), then a varint, 8 bytes, 4 bytes, or varint(n) n bytes
//
// Not protozero: it keeps lengths in 32 bits, so that a length of 2^32 + 8 in a file reads as 8,
// and it cannot map a model above 4 GiB. Checked: every length against what remains, varints of at
// most 64 bits, field numbers from 1 to 2^29 - 1. Refused: groups, which proto3 has not.

#include "io/container/protobuf.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/byte_cursor.hpp"

namespace hindcast::io::protobuf {
namespace {

constexpr std::uint64_t kMostFields = (1ULL << 29U) - 1;

std::uint64_t read_varint(ByteCursor& cursor) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    const auto byte = cursor.read_le<std::uint8_t>();
    if (shift == 63 && byte > 1) {
      break;
    }
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
  throw Error(ErrorCode::malformed, "protobuf number of more than 64 bits");
}

std::uint64_t width_of(Number kind) noexcept {
  return kind == Number::fixed32 ? 4 : 8;
}

WireType wire_type_of(Number kind) noexcept {
  switch (kind) {
    case Number::fixed32:
      return WireType::fixed32;
    case Number::fixed64:
      return WireType::fixed64;
    case Number::varint:
      break;
  }
  return WireType::varint;
}

[[noreturn]] void refuse_type(const Field& field, std::string_view expected) {
  throw Error(ErrorCode::malformed,
              fmt::format("protobuf field {} has wire type {}, expected {}", field.number,
                          static_cast<int>(field.type), expected));
}

Field read_field(ByteCursor& cursor) {
  const std::uint64_t key = read_varint(cursor);
  Field field;
  if (key >> 3U == 0 || key >> 3U > kMostFields) {
    throw Error(ErrorCode::malformed, fmt::format("protobuf field number {}", key >> 3U));
  }
  field.number = static_cast<std::uint32_t>(key >> 3U);
  field.type = static_cast<WireType>(key & 7U);
  switch (field.type) {
    case WireType::varint:
      field.value = read_varint(cursor);
      return field;
    case WireType::fixed64:
      field.value = cursor.read_le<std::uint64_t>();
      return field;
    case WireType::fixed32:
      field.value = cursor.read_le<std::uint32_t>();
      return field;
    case WireType::length_delimited:
      field.bytes = cursor.take(read_varint(cursor));
      return field;
  }
  throw Error(ErrorCode::malformed, fmt::format("protobuf field {} has wire type {}", field.number,
                                                static_cast<int>(key & 7U)));
}

}  // namespace

std::optional<Field> MessageReader::next() {
  if (rest_.empty()) {
    return std::nullopt;
  }
  ByteCursor cursor(rest_);
  const Field field = read_field(cursor);
  rest_ = rest_.subspan(static_cast<std::size_t>(cursor.offset()));
  return field;
}

std::span<const std::byte> bytes_of(const Field& field) {
  if (field.type != WireType::length_delimited) {
    refuse_type(field, "2");
  }
  return field.bytes;
}

std::string_view text_of(const Field& field) {
  const std::span<const std::byte> bytes = bytes_of(field);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::int64_t integer_of(const Field& field) {
  if (field.type != WireType::varint) {
    refuse_type(field, "0");
  }
  return static_cast<std::int64_t>(field.value);
}

Numbers::Numbers(const Field& field, Number kind) : kind_(kind) {
  if (field.type == wire_type_of(kind)) {
    single_ = field.value;
  } else if (field.type == WireType::length_delimited) {
    packed_ = field.bytes;
  } else {
    refuse_type(field, "a packed or single number");
  }
  if (kind != Number::varint && packed_.size() % width_of(kind) != 0) {
    throw Error(ErrorCode::malformed,
                fmt::format("protobuf field {}: {} bytes are no whole number of {}-byte values",
                            field.number, packed_.size(), width_of(kind)));
  }
}

std::optional<std::uint64_t> Numbers::next() {
  if (single_) {
    const std::optional<std::uint64_t> value = single_;
    single_.reset();
    return value;
  }
  if (packed_.empty()) {
    return std::nullopt;
  }
  ByteCursor cursor(packed_);
  const std::uint64_t value = kind_ == Number::varint    ? read_varint(cursor)
                              : kind_ == Number::fixed32 ? cursor.read_le<std::uint32_t>()
                                                         : cursor.read_le<std::uint64_t>();
  packed_ = packed_.subspan(static_cast<std::size_t>(cursor.offset()));
  return value;
}

std::uint64_t Numbers::count() const {
  if (single_) {
    return 1;
  }
  if (kind_ != Number::varint) {
    return packed_.size() / width_of(kind_);
  }
  const auto is_last = [](std::byte byte) { return (byte & std::byte{0x80}) == std::byte{0}; };
  if (!packed_.empty() && !is_last(packed_.back())) {
    throw Error(ErrorCode::malformed, "packed protobuf numbers end within a number");
  }
  std::uint64_t count = 0;
  for (const std::byte byte : packed_) {
    count += is_last(byte) ? 1U : 0U;
  }
  return count;
}

}  // namespace hindcast::io::protobuf
