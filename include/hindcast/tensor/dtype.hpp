#pragma once

#include <cstdint>
#include <string_view>

namespace hindcast::tensor {

/// What one element of a stored tensor is, whatever the file calls it.
enum class DType : std::uint8_t {
  float128,  ///< Any floating-point type wider than 64 bits; read with a double's precision.
  float64,
  float32,
  float16,
  bfloat16,
  float8_e4m3,
  float8_e5m2,
  float8_e4m3fnuz,
  float8_e5m2fnuz,
  float8_e8m0,  ///< A power of two: the scale of a block.
  int64,
  int32,
  int16,
  int8,
  int4,
  uint64,
  uint32,
  uint16,
  uint8,
  uint4,
  boolean,
  complex128,
  complex64,
  string,
  other,  ///< Compound, opaque, reference and the like: listed, never read.
};

/// The name in reports: "float32", "bfloat16", "bool", ...
[[nodiscard]] std::string_view name(DType dtype) noexcept;

/// Of any width; not complex.
[[nodiscard]] bool is_floating_point(DType dtype) noexcept;

/// Signed or unsigned; not boolean.
[[nodiscard]] bool is_integer(DType dtype) noexcept;

/// Can Checkpoint::read give values of this type as doubles?
[[nodiscard]] bool is_real(DType dtype) noexcept;

}  // namespace hindcast::tensor
