#pragma once

#include <cstddef>
#include <span>

#include <nlohmann/json.hpp>

namespace hindcast::io {

/// Parses JSON from a file we do not trust: UTF-8, one value and nothing after it but white space,
/// no object with a key twice, no nesting deeper than 128. Throws Error{malformed} with the place.
[[nodiscard]] nlohmann::ordered_json parse_strict_json(std::span<const std::byte> bytes);

}  // namespace hindcast::io
