#include "io/container/protobuf.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "support/onnx_models.hpp"

namespace hindcast::io::protobuf {
namespace {

using namespace std::string_view_literals;

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Field only_field(std::string_view message) {
  MessageReader reader(as_bytes(message));
  const std::optional<Field> field = reader.next();
  REQUIRE(field.has_value());
  CHECK_FALSE(reader.next().has_value());
  return *field;
}

TEST_CASE("protobuf: each wire type is read") {
  CHECK(only_field("\x08\x96\x01"sv).value == 150);  // The example of protobuf's own guide.
  CHECK(only_field("\x0d\x01\x00\x00\x80"sv).value == 0x80000001);
  CHECK(only_field("\x09\x01\x00\x00\x00\x00\x00\x00\x80"sv).value == 0x8000000000000001);
  CHECK(text_of(only_field("\x12\x07testing"sv)) == "testing");
  const Field largest = only_field("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv);
  CHECK(integer_of(largest) == -1);
  CHECK(only_field("\xf8\xff\xff\xff\x0f\x00"sv).number == 536870911);
}

TEST_CASE("protobuf: packed and single numbers are the same list") {
  Numbers packed(only_field("\x22\x03\x01\x96\x01"sv), Number::varint);
  CHECK(packed.count() == 2);
  CHECK(packed.next() == 1);
  CHECK(packed.next() == 150);
  CHECK_FALSE(packed.next().has_value());
  Numbers single(only_field("\x20\x07"sv), Number::varint);
  CHECK(single.count() == 1);
  CHECK(single.next() == 7);
  CHECK_FALSE(single.next().has_value());
  CHECK(
      Numbers(only_field("\x22\x08\x01\x02\x03\x04\x05\x06\x07\x08"sv), Number::fixed32).count() ==
      2);
}

TEST_CASE("protobuf: a message in two pieces is their merger") {
  std::vector<std::uint64_t> values;
  for_each_field({as_bytes("\x08\x01"sv), as_bytes("\x08\x02"sv)},
                 [&](const Field& field) { values.push_back(field.value); });
  CHECK(values == std::vector<std::uint64_t>{1, 2});
}

struct Lie {
  const char* what;
  std::string_view message;
  const char* error;
};

// Each would be accepted by a reader without the check.
constexpr std::array kLies = {
    Lie{"field number 0", "\x00\x01"sv, "protobuf field number 0"},
    Lie{"field number 2^29", "\x80\x80\x80\x80\x10\x01"sv, "protobuf field number 536870912"},
    Lie{"a group begins", "\x0b"sv, "protobuf field 1 has wire type 3"},
    Lie{"a group ends", "\x0c"sv, "protobuf field 1 has wire type 4"},
    Lie{"wire type 7", "\x0f"sv, "protobuf field 1 has wire type 7"},
    Lie{"a varint of eleven bytes", "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"sv,
        "protobuf number of more than 64 bits"},
    Lie{"a varint of 65 bits", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv,
        "protobuf number of more than 64 bits"},
    Lie{"a varint cut off", "\x08\x80"sv, "truncated: need 1 bytes at offset 2, 0 remain"},
    Lie{"a fixed32 cut off", "\x0d\x01\x02\x03"sv, "truncated: need 4 bytes at offset 1, 3 remain"},
    Lie{"a length past the end", "\x12\x03\x61\x62"sv,
        "truncated: need 3 bytes at offset 2, 2 remain"},
    // 2^32 + 1: a reader with 32-bit lengths takes one byte.
    Lie{"a length above 32 bits", "\x12\x81\x80\x80\x80\x10\x61"sv,
        "truncated: need 4294967297 bytes at offset 6, 1 remain"},
};

TEST_CASE("protobuf: what contradicts the wire format is refused") {
  for (const Lie& lie : kLies) {
    CAPTURE(lie.what);
    MessageReader reader(as_bytes(lie.message));
    CHECK_THROWS_WITH_AS(reader.next(), lie.error, Error);
  }
}

TEST_CASE("protobuf: a field of another type than expected is refused") {
  CHECK_THROWS_WITH_AS(static_cast<void>(text_of(only_field("\x08\x01"sv))),
                       "protobuf field 1 has wire type 0, expected 2", Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(integer_of(only_field("\x12\x00"sv))),
                       "protobuf field 2 has wire type 2, expected 0", Error);
  CHECK_THROWS_WITH_AS(Numbers(only_field("\x08\x01"sv), Number::fixed32),
                       "protobuf field 1 has wire type 0, expected a packed or single number",
                       Error);
  CHECK_THROWS_WITH_AS(Numbers(only_field("\x22\x03\x01\x02\x03"sv), Number::fixed32),
                       "protobuf field 4: 3 bytes are no whole number of 4-byte values", Error);
  const Numbers cut_off(only_field("\x22\x02\x01\x80"sv), Number::varint);
  CHECK_THROWS_WITH_AS(static_cast<void>(cut_off.count()),
                       "packed protobuf numbers end within a number", Error);
}

}  // namespace
}  // namespace hindcast::io::protobuf
