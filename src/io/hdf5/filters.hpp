#pragma once

#include <cstdint>
#include <string>

#include "io/hdf5/handle.hpp"

namespace hindcast::io::hdf5 {

/// Why the filters in a dataset's creation properties, whose chunks hold `chunk_bytes`, cannot be
/// undone here: "filter 32015 (zstd) is not supported"; empty if they can.
[[nodiscard]] std::string filter_objection(hid_t creation, std::uint64_t chunk_bytes);

}  // namespace hindcast::io::hdf5
