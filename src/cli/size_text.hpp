#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace hindcast::cli {

/// Sums of a few such numbers still fit 64 bits.
inline constexpr std::uint64_t kMostOfAnything = 1ULL << 56U;

/// "64K" is 65536; nothing where the text is no such number, or one above kMostOfAnything.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// "64K" for 65536, "1000" for 1000.
[[nodiscard]] std::string size_text(std::uint64_t size);

/// An option that takes a size from 1 to `most`.
CLI::Option* add_size_option(CLI::App& app, const std::string& name, const std::string& help,
                             std::uint64_t most,
                             const std::function<void(std::uint64_t size)>& take);

}  // namespace hindcast::cli
