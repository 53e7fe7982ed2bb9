#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "io/hdf5/handle.hpp"

namespace hindcast::io::hdf5 {

/// An HDF5 file opened from bytes in memory. libhdf5 is never given a path, and the bytes are not
/// copied. They must outlive the object; create and destroy it within a LibrarySession.
class FileImage {
 public:
  /// Throws Error{malformed} where libhdf5 does not accept the bytes, std::bad_alloc where it
  /// gets no memory.
  explicit FileImage(std::span<const std::byte> bytes);

  [[nodiscard]] hid_t id() const noexcept { return file_.get(); }

 private:
  // On the heap, so that its address stays: libhdf5 keeps it.
  std::unique_ptr<const std::span<const std::byte>> bytes_;
  File file_;
};

}  // namespace hindcast::io::hdf5
