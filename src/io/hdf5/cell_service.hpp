#pragma once

#include <cstddef>
#include <span>

#include "hindcast/io/checkpoint.hpp"

#include "io/sandbox/channel.hpp"

namespace hindcast::io::hdf5 {

/// What runs in the cell of an HDF5 file: opens `file` with libhdf5 and answers what wire.hpp can
/// ask, until nobody asks any more. Ends the process then, without closing the file.
[[noreturn]] void serve_file(std::span<const std::byte> file, const Limits& limits,
                             sandbox::Channel& channel);

}  // namespace hindcast::io::hdf5
