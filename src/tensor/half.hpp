#pragma once

#include <cstdint>

namespace hindcast::tensor {

/// Exact conversions of the narrow floating-point formats to double, from their bit patterns.

/// IEEE 754 binary16.
[[nodiscard]] double from_float16(std::uint16_t bits) noexcept;

/// The upper half of an IEEE 754 binary32.
[[nodiscard]] double from_bfloat16(std::uint16_t bits) noexcept;

/// E4M3FN of "FP8 Formats for Deep Learning" (arXiv:2209.05433): no infinities, 0x7F and 0xFF are
/// NaN, the largest value is 448.
[[nodiscard]] double from_float8_e4m3(std::uint8_t bits) noexcept;

/// E5M2 of the same paper: the upper half of an IEEE 754 binary16.
[[nodiscard]] double from_float8_e5m2(std::uint8_t bits) noexcept;

/// E4M3FNUZ and E5M2FNUZ of "8-bit Numerical Formats for Deep Neural Networks" (arXiv:2206.02915):
/// no infinities and no negative zero, whose code 0x80 is the only NaN; exponent bias 8 and 16.
[[nodiscard]] double from_float8_e4m3fnuz(std::uint8_t bits) noexcept;
[[nodiscard]] double from_float8_e5m2fnuz(std::uint8_t bits) noexcept;

/// E8M0 of the OCP Microscaling Formats: 2^(bits - 127); 0xFF is NaN.
[[nodiscard]] double from_float8_e8m0(std::uint8_t bits) noexcept;

}  // namespace hindcast::tensor
