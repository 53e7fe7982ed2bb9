#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace hindcast {

/// Base64 (RFC 4648, section 4) with padding and without line breaks.
[[nodiscard]] std::string base64(std::span<const std::byte> bytes);

}  // namespace hindcast
