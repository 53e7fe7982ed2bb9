#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/onnx/stored_tensor.hpp"

namespace hindcast::io::onnx {

/// Fills `out`, one double an element of the shape, in row-major order. The tensor must be readable
/// and of a real type. Throws Error{malformed} for a number its type cannot hold.
void read_values(const StoredTensor& tensor, std::span<double> out);

/// The elements of a readable int64 run. Throws Error{malformed}.
[[nodiscard]] std::vector<std::int64_t> read_integers(const Elements& elements);

/// Where the values of a sparse tensor go in row-major order: ascending, unique and within the
/// shape. Throws Error{malformed}.
[[nodiscard]] std::vector<std::uint64_t> sparse_places(const StoredTensor& tensor);

}  // namespace hindcast::io::onnx
