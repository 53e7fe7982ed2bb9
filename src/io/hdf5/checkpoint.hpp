#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "hindcast/io/checkpoint.hpp"

#include "base/mapped_file.hpp"

namespace hindcast::io::hdf5 {

/// Bytes in memory, and whatever keeps them there.
struct OwnedBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
  std::shared_ptr<const MappedFile> file = {};  ///< The file, where they are all of it.
};

/// Opens an HDF5 file that lies in memory; the checkpoint holds on to its owner. Throws Error.
[[nodiscard]] std::unique_ptr<Checkpoint> open_checkpoint(OwnedBytes file, const Limits& limits);

}  // namespace hindcast::io::hdf5
