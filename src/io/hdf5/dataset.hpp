#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/expansion_budget.hpp"
#include "io/hdf5/element_type.hpp"

namespace hindcast::io::hdf5 {

/// What a dataset declares, without its values.
struct DatasetInfo {
  std::vector<std::uint64_t> shape;  ///< Empty for a scalar, {0} for a dataset without a space.
  ElementType element;
  std::string unreadable;        ///< Why the values cannot be read; empty if they can.
  bool leaves_the_file = false;  ///< It is unreadable because its values are in another file.
  bool implausible = false;      ///< It declares very much and stores nothing: the file is a bomb.
  /// Where in the file the values lie as they are in memory, one after another; if they do.
  std::optional<std::uint64_t> offset = {};
};

/// What bounds a dataset: alone, and together with the others of its file.
struct Allowance {
  const Limits& limits;
  ExpansionBudget& expansion;
};

/// Throws Error{malformed} where the declaration itself cannot be read.
[[nodiscard]] DatasetInfo describe(hid_t dataset, const Allowance& allowance);

/// Fills `out` with all values in row-major order. Throws Error{malformed} where the dataset holds
/// another number of values, or where they cannot be decoded; std::bad_alloc where that takes more
/// memory than libhdf5 gets.
void read_values(hid_t dataset, const ElementType& element, std::span<double> out);

/// The same for `count` values through a `buffer` that need not hold them all: fills its start with
/// the next so many values and calls `take` with their number, until there are no more.
void read_in_pieces(hid_t dataset, const ElementType& element, std::uint64_t count,
                    std::span<double> buffer, const std::function<void(std::size_t)>& take);

}  // namespace hindcast::io::hdf5
