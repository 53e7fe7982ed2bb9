#include "tensor/half.hpp"

#include <cmath>
#include <cstdint>

#include <doctest/doctest.h>

using namespace hindcast::tensor;

namespace {

struct Format {
  int exponent_bits = 0;
  int fraction_bits = 0;
  bool has_infinity = true;  // Else only the pattern of all ones is special, and it is NaN ...
  bool fnuz = false;         // ... or only that of negative zero, and the bias is one more.
};

// A narrow float by its definition, bit after bit: sign, exponent with bias 2^(e-1) - 1, fraction.
double by_definition(unsigned bits, const Format& format) {
  const int bias = (1 << (format.exponent_bits - 1)) - (format.fnuz ? 0 : 1);
  int exponent = 0;
  for (int i = 0; i < format.exponent_bits; ++i) {
    exponent += static_cast<int>((bits >> (format.fraction_bits + i)) & 1U) << i;
  }
  double fraction = 0.0;
  for (int i = 0; i < format.fraction_bits; ++i) {
    if (((bits >> i) & 1U) != 0) {
      fraction += std::pow(2.0, i - format.fraction_bits);
    }
  }
  const double sign = ((bits >> (format.exponent_bits + format.fraction_bits)) & 1U) != 0 ? -1 : 1;
  if (format.fnuz && sign < 0 && exponent == 0 && fraction == 0.0) {
    return NAN;
  }
  const bool all_ones = !format.fnuz && exponent == (1 << format.exponent_bits) - 1;
  if (all_ones && format.has_infinity) {
    return fraction == 0.0 ? sign * INFINITY : NAN;
  }
  if (all_ones && fraction == 1.0 - std::pow(2.0, -format.fraction_bits)) {
    return NAN;
  }
  return exponent == 0 ? sign * fraction * std::pow(2.0, 1 - bias)
                       : sign * (1.0 + fraction) * std::pow(2.0, exponent - bias);
}

bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

template <typename Bits>
unsigned mismatches(double (*convert)(Bits) noexcept, const Format& format) {
  unsigned count = 0;
  const unsigned patterns = 1U << (8 * sizeof(Bits));
  for (unsigned bits = 0; bits < patterns; ++bits) {
    count += same(convert(static_cast<Bits>(bits)), by_definition(bits, format)) ? 0U : 1U;
  }
  return count;
}

}  // namespace

TEST_CASE("half: every float16 pattern has the value IEEE 754 gives it") {
  CHECK(mismatches(from_float16, {.exponent_bits = 5, .fraction_bits = 10}) == 0);
}

TEST_CASE("half: every bfloat16 pattern has the value of the binary32 it begins") {
  CHECK(mismatches(from_bfloat16, {.exponent_bits = 8, .fraction_bits = 7}) == 0);
}

TEST_CASE("half: every float8_e5m2 pattern has the value of its definition") {
  CHECK(mismatches(from_float8_e5m2, {.exponent_bits = 5, .fraction_bits = 2}) == 0);
}

TEST_CASE("half: every float8_e4m3 pattern has the value of its definition") {
  CHECK(mismatches(from_float8_e4m3,
                   {.exponent_bits = 4, .fraction_bits = 3, .has_infinity = false}) == 0);
}

TEST_CASE("half: landmarks of the papers") {
  CHECK(from_float16(0x7BFF) == 65504.0);
  CHECK(from_float16(0x0001) == std::ldexp(1.0, -24));
  CHECK(from_bfloat16(0x3F80) == 1.0);
  CHECK(from_float8_e4m3(0x7E) == 448.0);
  CHECK(from_float8_e5m2(0x7B) == 57344.0);
}

TEST_CASE("half: every pattern of the FNUZ types has the value of their definition") {
  CHECK(mismatches(from_float8_e4m3fnuz, {.exponent_bits = 4, .fraction_bits = 3, .fnuz = true}) ==
        0);
  CHECK(mismatches(from_float8_e5m2fnuz, {.exponent_bits = 5, .fraction_bits = 2, .fnuz = true}) ==
        0);
  CHECK(from_float8_e4m3fnuz(0x7F) == 240.0);
  CHECK(from_float8_e5m2fnuz(0x7F) == 57344.0);
}

TEST_CASE("half: every pattern of E8M0 is its power of two") {
  for (unsigned bits = 0; bits < 0xFF; ++bits) {
    CHECK(from_float8_e8m0(static_cast<std::uint8_t>(bits)) ==
          std::pow(2.0, static_cast<int>(bits) - 127));
  }
  CHECK(std::isnan(from_float8_e8m0(0xFF)));
}
