#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace hindcast::analysis {

/// What tells the versions of a file apart as long as this process runs, without reading it: where
/// it is, its size and its times. Nothing for what is no regular file, and for one that changed so
/// lately that it may change again within the same tick of the clock.
[[nodiscard]] std::optional<std::string> file_version(const std::filesystem::path& path);

}  // namespace hindcast::analysis
