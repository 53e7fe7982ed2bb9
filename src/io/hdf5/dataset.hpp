#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/hdf5/element_type.hpp"

namespace hindcast::io::hdf5 {

/// What a dataset declares, without its values.
struct DatasetInfo {
  std::vector<std::uint64_t> shape;  ///< Empty for a scalar, {0} for a dataset without a space.
  ElementType element;
  std::string unreadable;        ///< Why the values cannot be read; empty if they can.
  bool leaves_the_file = false;  ///< It is unreadable because its values are in another file.
};

/// Throws Error{malformed} where the declaration itself cannot be read.
[[nodiscard]] DatasetInfo describe(hid_t dataset, const Limits& limits);

/// Fills `out` with all values in row-major order. Throws Error{malformed} where the dataset holds
/// another number of values, or where they cannot be decoded.
void read_values(hid_t dataset, const ElementType& element, std::span<double> out);

}  // namespace hindcast::io::hdf5
