// The numbers and texts of pickles, each as its opcode writes it.
//
// https://github.com/python/cpython/blob/main/Lib/pickletools.py (the argument descriptors)

#include "io/container/pickle_literals.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast::io::pickle {
namespace {

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t read_length(ByteCursor& cursor, LengthBytes length) {
  switch (length) {
    case LengthBytes::one:
      return cursor.read_le<std::uint8_t>();
    case LengthBytes::four:
      return cursor.read_le<std::uint32_t>();  // Negative ones are more than any file has.
    case LengthBytes::eight:
      break;
  }
  return cursor.read_le<std::uint64_t>();
}

Graph::Node integer(std::int64_t value) {
  return {.kind = Kind::integer, .payload = value};
}

[[noreturn]] void refuse_number(std::string_view written) {
  constexpr std::size_t kShown = 40;
  throw Error(ErrorCode::malformed,
              fmt::format("pickle: '{}' is not a number", printable(written.substr(0, kShown))));
}

}  // namespace

std::string_view read_sized(ByteCursor& cursor, LengthBytes length) {
  return as_text(cursor.take(read_length(cursor, length)));
}

std::string_view read_line(ByteCursor& cursor) {
  ByteCursor ahead = cursor;
  const auto rest = ahead.take(ahead.remaining());
  const auto end = std::ranges::find(rest, std::byte{'\n'});
  if (end == rest.end()) {
    throw Error(ErrorCode::malformed, "the pickle ends within a line");
  }
  const auto line = cursor.take(static_cast<std::uint64_t>(end - rest.begin()));
  cursor.skip(1);
  return as_text(line);
}

Graph::Node binary_integer(ByteCursor& cursor, LengthBytes width) {
  if (width == LengthBytes::one) {
    return integer(cursor.read_le<std::uint8_t>());
  }
  return integer(std::bit_cast<std::int32_t>(cursor.read_le<std::uint32_t>()));
}

Graph::Node binary_uint16(ByteCursor& cursor) {
  return integer(cursor.read_le<std::uint16_t>());
}

Graph::Node binary_real(ByteCursor& cursor) {
  std::uint64_t bits = 0;
  for (const std::byte byte : cursor.take(sizeof(bits))) {  // The one big-endian number there is.
    bits = (bits << 8U) | std::to_integer<std::uint64_t>(byte);
  }
  return {.kind = Kind::real, .payload = std::bit_cast<double>(bits)};
}

Graph::Node sized_integer(ByteCursor& cursor, LengthBytes length) {
  const std::string_view raw = read_sized(cursor, length);
  if (raw.size() > sizeof(std::uint64_t)) {
    return {.kind = Kind::big_integer, .payload = raw};
  }
  const bool negative = !raw.empty() && (static_cast<unsigned char>(raw.back()) & 0x80U) != 0;
  std::uint64_t bits = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = raw.size(); i > 0; --i) {  // Two's complement, little-endian.
    bits = (bits << 8U) | static_cast<unsigned char>(raw[i - 1]);
  }
  return integer(std::bit_cast<std::int64_t>(bits));
}

Graph::Node decimal_integer(ByteCursor& cursor) {
  std::string_view written = read_line(cursor);
  if (written == "00" || written == "01") {  // How protocols 0 and 1 write booleans.
    return {.kind = Kind::boolean, .payload = std::int64_t{written == "01" ? 1 : 0}};
  }
  if (written.ends_with('L')) {
    written.remove_suffix(1);
  }
  std::int64_t value = 0;
  const char* const end = written.data() + written.size();
  const auto [rest, error] = std::from_chars(written.data(), end, value);
  if (rest != end || error == std::errc::invalid_argument) {
    refuse_number(written);
  }
  return error == std::errc() ? integer(value)
                              : Graph::Node{.kind = Kind::big_integer, .payload = written};
}

Graph::Node decimal_real(ByteCursor& cursor) {
  const std::string_view written = read_line(cursor);
  double value = 0.0;
  const char* const end = written.data() + written.size();
  const auto [rest, error] = std::from_chars(written.data(), end, value);
  if (rest != end || error != std::errc()) {
    refuse_number(written);
  }
  return {.kind = Kind::real, .payload = value};
}

Graph::Node quoted_string(ByteCursor& cursor) {
  const std::string_view line = read_line(cursor);
  const bool quoted = line.size() >= 2 && line.front() == line.back() &&
                      (line.front() == '\'' || line.front() == '"');
  if (!quoted) {
    throw Error(ErrorCode::malformed, "pickle: a string without its quotation marks");
  }
  return {.kind = Kind::bytes, .payload = line.substr(1, line.size() - 2)};
}

}  // namespace hindcast::io::pickle
