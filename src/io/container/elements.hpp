#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "hindcast/tensor/dtype.hpp"

namespace hindcast::io {

/// Bytes of one element of a plainly stored type: 4 for float32. 0 for types that are not stored
/// one element after the other (string, other) or whose size is not fixed (float128).
[[nodiscard]] std::uint64_t element_bytes(tensor::DType dtype) noexcept;

/// Converts elements stored one after the other to doubles. `bytes` must be exactly
/// out.size() * element_bytes(dtype) long, and half of out.size(), rounded up, where two elements
/// of four bits share a byte; `dtype` must be a real type.
void decode_elements(std::span<const std::byte> bytes, tensor::DType dtype, std::endian order,
                     std::span<double> out);

}  // namespace hindcast::io
