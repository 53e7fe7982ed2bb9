#pragma once

#include <optional>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/hdf5/element_type.hpp"

namespace hindcast::io::hdf5 {

/// A tensor, and where and how its values are stored.
struct Entry {
  tensor::TensorInfo tensor;
  haddr_t address = HADDR_UNDEF;
  ElementType element;
  std::optional<std::uint64_t> offset = {};  ///< See DatasetInfo. Nothing has checked it.
};

/// The table of contents of an open HDF5 file, in the model's order as far as the file tells it.
struct Contents {
  std::vector<Entry> entries;
  OrderEvidence order = OrderEvidence::names;
  std::vector<Problem> problems;
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
};

/// Lists everything that can be listed; what cannot is a problem. Throws Error where nothing can.
[[nodiscard]] Contents read_contents(hid_t file, const Limits& limits);

}  // namespace hindcast::io::hdf5
