#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hindcast::io::hdf5 {

/// Where the HDF5 signature is: at 0, 512, 1024, 2048, ... (bytes before it are the user's own).
[[nodiscard]] std::optional<std::uint64_t> find_superblock(
    std::span<const std::byte> file) noexcept;

/// Throws Error where the superblock itself says that the file is cut short, still being written,
/// or newer than we read: things libhdf5 would only call an error. Needs a signature.
void require_complete(std::span<const std::byte> file);

}  // namespace hindcast::io::hdf5
