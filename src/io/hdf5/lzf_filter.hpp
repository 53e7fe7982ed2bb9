#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hindcast::io::hdf5 {

/// The registered number of h5py's LZF filter.
inline constexpr int kLzfFilter = 32000;

/// Teaches libhdf5 to decode LZF. False if it refuses.
[[nodiscard]] bool register_lzf_filter();

/// Why a dataset whose LZF filter has these parameters, and whose chunks hold `chunk_bytes`,
/// cannot be decoded safely; empty if it can.
[[nodiscard]] std::string lzf_objection(std::span<const unsigned> parameters,
                                        std::uint64_t chunk_bytes);

}  // namespace hindcast::io::hdf5
