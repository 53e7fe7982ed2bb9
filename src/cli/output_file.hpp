#pragma once

#include <filesystem>

#include "base/atomic_file.hpp"

namespace hindcast::cli {

/// A file to write results to. Where `path` is a link, the file it leads to is replaced, not the
/// link. Throws Error{io} for an unwritable place and for what is there but no regular file: a
/// rename would put a file in the place of the device or pipe.
[[nodiscard]] AtomicFile output_file(const std::filesystem::path& path);

}  // namespace hindcast::cli
