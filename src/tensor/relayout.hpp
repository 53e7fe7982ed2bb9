#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hindcast/tensor/layout.hpp"

namespace hindcast::tensor {

/// The same axes in one order for every framework: E O M I D H W.
[[nodiscard]] Layout neutral(const Layout& layout);

/// For each axis of `to`, which axis of `from` it is; nothing where they do not have the same axes.
/// Where a letter repeats, its axes keep their order.
[[nodiscard]] std::optional<std::vector<std::size_t>> axes_from(const Layout& from,
                                                                const Layout& to);

/// The extents, or the row-major values, of a tensor whose axis k is axis `axes[k]` of the given
/// one. `axes` is a permutation of all of them.
[[nodiscard]] std::vector<std::uint64_t> permuted_shape(std::span<const std::uint64_t> shape,
                                                        std::span<const std::size_t> axes);
[[nodiscard]] std::vector<double> permuted(std::span<const double> values,
                                           std::span<const std::uint64_t> shape,
                                           std::span<const std::size_t> axes);

}  // namespace hindcast::tensor
