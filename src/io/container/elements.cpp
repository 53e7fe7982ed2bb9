#include "io/container/elements.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "tensor/half.hpp"

namespace hindcast::io {
namespace {

using tensor::DType;

template <typename T, typename Convert>
void decode(std::span<const std::byte> bytes, std::endian order, std::span<double> out,
            const Convert& convert) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::byte raw[sizeof(T)];
    std::memcpy(raw, bytes.data() + (i * sizeof(T)), sizeof(T));
    if (order != std::endian::native) {
      std::ranges::reverse(raw);
    }
    T value{};
    std::memcpy(&value, raw, sizeof(T));
    out[i] = convert(value);
  }
}

template <typename T>
void decode(std::span<const std::byte> bytes, std::endian order, std::span<double> out) {
  decode<T>(bytes, order, out, [](T value) { return static_cast<double>(value); });
}

// Two elements a byte, the first in the lower half.
template <typename Convert>
void decode_nibbles(std::span<const std::byte> bytes, std::span<double> out,
                    const Convert& convert) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto both = std::to_integer<unsigned>(bytes[i / 2]);
    out[i] = convert(i % 2 == 0 ? both & 0xFU : both >> 4U);
  }
}

}  // namespace

std::uint64_t element_bytes(DType dtype) noexcept {
  switch (dtype) {
    case DType::complex128:
      return 16;
    case DType::float64:
    case DType::int64:
    case DType::uint64:
    case DType::complex64:
      return 8;
    case DType::float32:
    case DType::int32:
    case DType::uint32:
      return 4;
    case DType::float16:
    case DType::bfloat16:
    case DType::int16:
    case DType::uint16:
      return 2;
    case DType::float8_e4m3:
    case DType::float8_e5m2:
    case DType::float8_e4m3fnuz:
    case DType::float8_e5m2fnuz:
    case DType::float8_e8m0:
    case DType::int8:
    case DType::uint8:
    case DType::boolean:
      return 1;
    case DType::float128:
    case DType::int4:
    case DType::uint4:
    case DType::string:
    case DType::other:
      break;
  }
  return 0;
}

void decode_elements(std::span<const std::byte> bytes, DType dtype, std::endian order,
                     std::span<double> out) {
  assert(bytes.size() == out.size() * element_bytes(dtype) || element_bytes(dtype) == 0);
  switch (dtype) {
    case DType::float64:
      return decode<double>(bytes, order, out);
    case DType::float32:
      return decode<float>(bytes, order, out);
    case DType::float16:
      return decode<std::uint16_t>(bytes, order, out, tensor::from_float16);
    case DType::bfloat16:
      return decode<std::uint16_t>(bytes, order, out, tensor::from_bfloat16);
    case DType::float8_e4m3:
      return decode<std::uint8_t>(bytes, order, out, tensor::from_float8_e4m3);
    case DType::float8_e5m2:
      return decode<std::uint8_t>(bytes, order, out, tensor::from_float8_e5m2);
    case DType::float8_e4m3fnuz:
      return decode<std::uint8_t>(bytes, order, out, tensor::from_float8_e4m3fnuz);
    case DType::float8_e5m2fnuz:
      return decode<std::uint8_t>(bytes, order, out, tensor::from_float8_e5m2fnuz);
    case DType::float8_e8m0:
      return decode<std::uint8_t>(bytes, order, out, tensor::from_float8_e8m0);
    case DType::int64:
      return decode<std::int64_t>(bytes, order, out);
    case DType::int32:
      return decode<std::int32_t>(bytes, order, out);
    case DType::int16:
      return decode<std::int16_t>(bytes, order, out);
    case DType::int8:
      return decode<std::int8_t>(bytes, order, out);
    case DType::uint64:
      return decode<std::uint64_t>(bytes, order, out);
    case DType::uint32:
      return decode<std::uint32_t>(bytes, order, out);
    case DType::uint16:
      return decode<std::uint16_t>(bytes, order, out);
    case DType::uint8:
      return decode<std::uint8_t>(bytes, order, out);
    case DType::boolean:
      return decode<std::uint8_t>(bytes, order, out,
                                  [](std::uint8_t value) { return value != 0 ? 1.0 : 0.0; });
    case DType::int4:
      return decode_nibbles(bytes, out, [](unsigned nibble) {
        return static_cast<double>(nibble) - (nibble < 8 ? 0.0 : 16.0);
      });
    case DType::uint4:
      return decode_nibbles(bytes, out, [](unsigned nibble) { return nibble; });
    case DType::float128:
    case DType::complex128:
    case DType::complex64:
    case DType::string:
    case DType::other:
      break;
  }
  assert(false);
}

}  // namespace hindcast::io
