#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hindcast/tensor/classification.hpp"

namespace hindcast::tensor {

/// One layer of a tensor that holds several.
struct Part {
  std::vector<std::uint64_t> shape;  ///< Without the axis of a stack of experts.
  Layout layout;                     ///< Without that axis, too.
};

/// The shape and layout of every part of a split tensor: they are equal. Throws Error{malformed}
/// where the axis does not divide into the parts.
[[nodiscard]] Part part_of(std::span<const std::uint64_t> shape, const Layout& layout,
                           const Split& split);

/// The values of part `index`, in row-major order, from those of the whole tensor.
[[nodiscard]] std::vector<double> part_values(std::span<const double> values,
                                              std::span<const std::uint64_t> shape,
                                              const Split& split, std::size_t index);

}  // namespace hindcast::tensor
