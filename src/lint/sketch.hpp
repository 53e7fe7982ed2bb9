#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hindcast/tensor/layout.hpp"

#include "lint/observation.hpp"

namespace hindcast::lint {

/// A sketch of many values in a few: a random projection, the same for every tensor and run, so
/// that the squared distance of two sketches estimates that of the values with a relative standard
/// deviation of sqrt(2 / size). Of no more than `size` values it holds all, and is exact.
///
/// Each value is added, with a random sign, to a random entry: the count sketch of Charikar, Chen &
/// Farach-Colton, "Finding frequent items in data streams", 2004.
///
/// `size` must be a power of two, at most 256.
[[nodiscard]] std::vector<float> sketch(std::span<const double> values, std::size_t size);

/// The size to sketch by, such that a run of so many checkpoints and tensors stays small.
[[nodiscard]] std::size_t sketch_size(std::size_t checkpoints, std::size_t tensors);

/// The content, norm, sketch and non-finite values of a tensor that was read.
[[nodiscard]] TensorState summarise(std::span<const double> values, std::size_t size);

/// Filters whose norm is 0 or below 1e-7 of the layer's median one, which is less than single
/// precision can add to it; where the median is 0, those that are 0.
[[nodiscard]] DeadFilters dead_filters(std::span<const double> values,
                                       std::span<const std::uint64_t> shape,
                                       const tensor::Layout& layout);

}  // namespace hindcast::lint
