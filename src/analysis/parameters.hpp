#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/opened_table.hpp"

namespace hindcast::analysis {

/// A trained tensor: it has a learning rate.
struct Parameter {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> kernel_axes;  ///< Extents of the kernel, for a convolution.
  std::string skipped;                     ///< Ledger key; empty if analysed.
  bool split = false;                      ///< Measured in parts, so it has no gain of its own.
};

/// The parameters of a checkpoint in its own order.
[[nodiscard]] std::vector<Parameter> parameters_of(const OpenedTable& table);

/// The parameters in the order the user gave. Throws Error{usage} unless `order` names each exactly
/// once.
[[nodiscard]] std::vector<Parameter> reordered(const std::vector<Parameter>& parameters,
                                               std::span<const std::string> order);

}  // namespace hindcast::analysis
