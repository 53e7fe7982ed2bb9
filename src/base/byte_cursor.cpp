#include "base/byte_cursor.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

namespace hindcast {

std::span<const std::byte> ByteCursor::take(std::uint64_t count) {
  if (count > remaining()) {  // Compared with what is left: `offset_ + count` could wrap.
    throw Error(ErrorCode::malformed,
                fmt::format("truncated: need {} bytes at offset {}, {} remain", count, offset_,
                            remaining()));
  }
  const auto taken = bytes_.subspan(offset_, count);
  offset_ += count;
  return taken;
}

}  // namespace hindcast
