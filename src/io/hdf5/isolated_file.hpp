#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "hindcast/io/checkpoint.hpp"

#include "base/mapped_file.hpp"
#include "io/hdf5/opened_file.hpp"

namespace hindcast::io::hdf5 {

/// Opens `bytes`, which must outlive the result, with libhdf5 in a process that has access to
/// nothing else (see io/sandbox). `file` is the one they are all of, or null. Where the library
/// crashes, hangs or exhausts a limit, that is an Error; where it crashes over one tensor, the
/// others can still be read. Throws Error.
[[nodiscard]] std::unique_ptr<OpenedFile> open_isolated(std::span<const std::byte> bytes,
                                                        std::shared_ptr<const MappedFile> file,
                                                        const Limits& limits);

}  // namespace hindcast::io::hdf5
