#pragma once

#include <filesystem>
#include <string>

namespace hindcast::analysis {

/// Tells versions of a file apart without reading all of it: a digest of its size and of its first
/// and last 64 KiB, where formats keep their tables and checksums. Empty for what is no file, or
/// cannot be read.
[[nodiscard]] std::string file_identity(const std::filesystem::path& path);

}  // namespace hindcast::analysis
