#include "hindcast/tensor/half.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace hindcast::tensor {

double from_float16(std::uint16_t bits) noexcept {
  const unsigned exponent = (bits >> 10U) & 0x1FU;
  const unsigned fraction = bits & 0x3FFU;
  double magnitude = 0.0;
  if (exponent == 0x1F) {
    magnitude = fraction == 0 ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(fraction, -24);
  } else {
    magnitude = std::ldexp(fraction + 0x400U, static_cast<int>(exponent) - 25);
  }
  return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

double from_bfloat16(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

double from_float8_e4m3(std::uint8_t bits) noexcept {
  const unsigned exponent = (bits >> 3U) & 0xFU;
  const unsigned fraction = bits & 0x7U;
  double magnitude = 0.0;
  if (exponent == 0xF && fraction == 0x7) {
    magnitude = std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(fraction, -9);
  } else {
    magnitude = std::ldexp(fraction + 0x8U, static_cast<int>(exponent) - 10);
  }
  return (bits & 0x80U) != 0 ? -magnitude : magnitude;
}

double from_float8_e5m2(std::uint8_t bits) noexcept {
  return from_float16(static_cast<std::uint16_t>(bits << 8U));
}

}  // namespace hindcast::tensor
