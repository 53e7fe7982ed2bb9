#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_cursor.hpp"
#include "io/container/pickle.hpp"

namespace hindcast::io::pickle {

/// How many bytes tell the length of a text or number.
enum class LengthBytes : std::uint8_t { one = 1, four = 4, eight = 8 };

/// The bytes after a length, in place. Throws Error{malformed} where they are not all there.
[[nodiscard]] std::string_view read_sized(ByteCursor& cursor, LengthBytes length);

/// The bytes up to the next newline, which is passed over. Throws Error{malformed}.
[[nodiscard]] std::string_view read_line(ByteCursor& cursor);

/// The value of an opcode that is a plain number or text. Escapes of the text protocol (0) are left
/// as they are written.
[[nodiscard]] Graph::Node binary_integer(ByteCursor& cursor, LengthBytes width);
[[nodiscard]] Graph::Node binary_uint16(ByteCursor& cursor);
[[nodiscard]] Graph::Node binary_real(ByteCursor& cursor);
[[nodiscard]] Graph::Node sized_integer(ByteCursor& cursor, LengthBytes length);
[[nodiscard]] Graph::Node decimal_integer(ByteCursor& cursor);
[[nodiscard]] Graph::Node decimal_real(ByteCursor& cursor);
[[nodiscard]] Graph::Node quoted_string(ByteCursor& cursor);

}  // namespace hindcast::io::pickle
