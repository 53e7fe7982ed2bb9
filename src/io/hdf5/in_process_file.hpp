#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "hindcast/io/checkpoint.hpp"

#include "io/hdf5/opened_file.hpp"

namespace hindcast::io::hdf5 {

/// Opens `bytes`, which must outlive the result, with libhdf5 in this process: only for files that
/// are trusted, and for a process that has nothing to lose. Throws Error.
[[nodiscard]] std::unique_ptr<OpenedFile> open_in_process(std::span<const std::byte> bytes,
                                                          const Limits& limits);

}  // namespace hindcast::io::hdf5
