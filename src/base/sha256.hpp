#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace hindcast {

/// The SHA-256 (FIPS 180-4) of `bytes`, as 64 hexadecimal digits.
[[nodiscard]] std::string sha256(std::span<const std::byte> bytes);

}  // namespace hindcast
