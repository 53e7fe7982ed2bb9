#include "tensor/half.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace hindcast::tensor {

namespace {

// A sign, an exponent and a fraction of `fraction_bits`, in seven bits; 0x80 is NaN.
double from_fnuz(std::uint8_t bits, unsigned fraction_bits, int bias) noexcept {
  if (bits == 0x80) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const unsigned one = 1U << fraction_bits;
  const unsigned exponent = (bits & 0x7FU) >> fraction_bits;
  const unsigned fraction = bits & (one - 1);
  const int scale = -bias - static_cast<int>(fraction_bits);
  const double magnitude = exponent == 0
                               ? std::ldexp(fraction, scale + 1)
                               : std::ldexp(fraction + one, scale + static_cast<int>(exponent));
  return (bits & 0x80U) != 0 ? -magnitude : magnitude;
}

}  // namespace

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

double from_float8_e4m3fnuz(std::uint8_t bits) noexcept {
  return from_fnuz(bits, 3, 8);
}

double from_float8_e5m2fnuz(std::uint8_t bits) noexcept {
  return from_fnuz(bits, 2, 16);
}

double from_float8_e8m0(std::uint8_t bits) noexcept {
  constexpr int kBias = 127;
  return bits == 0xFF ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, bits - kBias);
}

}  // namespace hindcast::tensor
