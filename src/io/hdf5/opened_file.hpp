#pragma once

#include <span>

#include "io/hdf5/contents.hpp"

namespace hindcast::io::hdf5 {

/// Where a tensor's values are, and what they are.
struct Source {
  haddr_t address = HADDR_UNDEF;
  ElementType element;
};

/// An HDF5 file that libhdf5 has open, here or elsewhere. Safe to call from several threads.
class OpenedFile {
 public:
  OpenedFile() = default;
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;
  OpenedFile(OpenedFile&&) = delete;
  OpenedFile& operator=(OpenedFile&&) = delete;
  virtual ~OpenedFile() = default;

  /// As read_contents. Throws Error.
  [[nodiscard]] virtual Contents contents() = 0;

  /// Fills `out` with all values of `source`, as read_values. Throws Error.
  virtual void read(const Source& source, std::span<double> out) = 0;
};

}  // namespace hindcast::io::hdf5
