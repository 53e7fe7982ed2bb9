#pragma once

#include <cstdint>
#include <string_view>

namespace hindcast {

/// CRC-32C (Castagnoli; RFC 3720, section 12.1).
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes) noexcept;

}  // namespace hindcast
