#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "hindcast/tensor/dtype.hpp"

namespace hindcast::analysis {

/// A SHA-256 of values of `dtype` as they are in memory, that stands for them, and says of which.
[[nodiscard]] std::string stored_digest(std::span<const std::byte> stored, tensor::DType dtype);

/// A SHA-256 of `values` that stands for them: of their bytes in single precision, which are half
/// as many, where that holds each of them exactly, and else in double. The same as of float32 or
/// float64 that were stored so.
[[nodiscard]] std::string values_digest(std::span<const double> values);

}  // namespace hindcast::analysis
