#pragma once

#include <cstdint>
#include <span>

namespace hindcast {

/// a * b. Throws Error{malformed} where the product does not fit 64 bits.
[[nodiscard]] std::uint64_t checked_mul(std::uint64_t a, std::uint64_t b);

/// The number of elements of a tensor of this shape (1 for a scalar, whose shape is empty).
/// Throws Error{malformed} where the product does not fit 64 bits.
[[nodiscard]] std::uint64_t element_count(std::span<const std::uint64_t> shape);

}  // namespace hindcast
