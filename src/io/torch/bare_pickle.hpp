#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace hindcast::io::torch {

/// Why a file that is a Python pickle and nothing more is not read, with the names of what it would
/// import; nothing if it is no pickle. For files that no format recognises. Never throws on account
/// of the content, and runs nothing.
[[nodiscard]] std::optional<std::string> describe_bare_pickle(std::span<const std::byte> file);

}  // namespace hindcast::io::torch
