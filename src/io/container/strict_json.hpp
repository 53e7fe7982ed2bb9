#pragma once

#include <cstddef>
#include <span>

#include <nlohmann/json.hpp>

#include "hindcast/io/checkpoint.hpp"

namespace hindcast::io {

/// Parses JSON from a file we do not trust, in time that grows no faster than the text: UTF-8, one
/// value and nothing after it but white space, no object with a key twice. Throws Error{malformed}
/// with the place, Error{limit_exceeded} where it is nested deeper than `limits.depth` or its
/// values take more memory than `limits.attribute_bytes`.
[[nodiscard]] nlohmann::ordered_json parse_strict_json(std::span<const std::byte> bytes,
                                                       const Limits& limits);

}  // namespace hindcast::io
