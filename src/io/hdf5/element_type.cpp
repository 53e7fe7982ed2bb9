#include "io/hdf5/element_type.hpp"

#include <array>
#include <string_view>

#include "io/hdf5/attributes.hpp"

namespace hindcast::io::hdf5 {
namespace {

using tensor::DType;

struct FloatFields {
  std::size_t exponent_bits = 0;
  std::size_t mantissa_bits = 0;
  std::size_t bias = 0;

  [[nodiscard]] bool operator==(const FloatFields&) const = default;
};

// IEEE 754 binary32 cut to 16 bits, and the two formats of arXiv:2209.05433.
constexpr FloatFields kBFloat16 = {.exponent_bits = 8, .mantissa_bits = 7, .bias = 127};
constexpr FloatFields kE4M3 = {.exponent_bits = 4, .mantissa_bits = 3, .bias = 7};
constexpr FloatFields kE5M2 = {.exponent_bits = 5, .mantissa_bits = 2, .bias = 15};

ElementType float_type(hid_t type) {
  std::size_t sign = 0;
  std::size_t exponent = 0;
  std::size_t mantissa = 0;
  FloatFields fields;
  if (H5Tget_fields(type, &sign, &exponent, &fields.exponent_bits, &mantissa,
                    &fields.mantissa_bits) < 0) {
    throw Error(ErrorCode::malformed, "its floating-point type is corrupt");
  }
  fields.bias = H5Tget_ebias(type);
  const std::size_t size = H5Tget_size(type);
  if (size == 1) {
    // libhdf5 would read the largest exponent of E4M3 as infinities: 448 as NaN.
    if (fields == kE4M3) {
      return {DType::float8_e4m3, Decoding::from_raw_bits};
    }
    return fields == kE5M2 ? ElementType{DType::float8_e5m2, Decoding::from_raw_bits}
                           : ElementType{};
  }
  if (size == 2) {
    return {fields == kBFloat16 ? DType::bfloat16 : DType::float16, Decoding::by_library};
  }
  if (size <= 8) {
    return {size <= 4 ? DType::float32 : DType::float64, Decoding::by_library};
  }
  return {DType::float128, Decoding::by_library};
}

ElementType integer_type(hid_t type) {
  constexpr std::array kSigned = {DType::int8, DType::int16, DType::int32, DType::int64};
  constexpr std::array kUnsigned = {DType::uint8, DType::uint16, DType::uint32, DType::uint64};
  const std::size_t size = H5Tget_size(type);
  std::size_t width = 0;
  while (width < kSigned.size() && (std::size_t{1} << width) < size) {
    ++width;
  }
  if (width == kSigned.size()) {
    return {};
  }
  const bool is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
  return {is_signed ? kSigned.at(width) : kUnsigned.at(width), Decoding::by_library};
}

bool has_member(hid_t type, const char* name, signed char expected) {
  const int index = H5Tget_member_index(type, name);
  signed char value = 0;
  return index >= 0 && H5Tget_member_value(type, static_cast<unsigned>(index), &value) >= 0 &&
         value == expected;
}

// h5py stores booleans as an enumeration of one-byte integers.
ElementType enum_type(hid_t type) {
  const Datatype base(H5Tget_super(type), "its enumeration type is corrupt");
  if (H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 && has_member(type, "FALSE", 0) &&
      has_member(type, "TRUE", 1)) {
    return {DType::boolean, Decoding::by_library};
  }
  return integer_type(base.get());
}

// The size of a floating-point member, or 0.
std::size_t float_member_size(hid_t type, const char* name) {
  const int index = H5Tget_member_index(type, name);
  if (index < 0) {
    return 0;
  }
  const Datatype member(H5Tget_member_type(type, static_cast<unsigned>(index)),
                        "its compound type is corrupt");
  return H5Tget_class(member.get()) == H5T_FLOAT ? H5Tget_size(member.get()) : 0;
}

// h5py stores complex numbers as a compound of r and i.
ElementType compound_type(hid_t type) {
  if (H5Tget_nmembers(type) != 2) {
    return {};
  }
  const std::size_t real = float_member_size(type, "r");
  if (real != float_member_size(type, "i") || (real != 4 && real != 8)) {
    return {};
  }
  return {real == 4 ? DType::complex64 : DType::complex128, Decoding::none};
}

ElementType opaque_type(hid_t dataset, hid_t type, const Limits& limits) {
  const std::string stated = text(dataset, "dtype", limits).value_or("");
  const std::size_t size = H5Tget_size(type);
  if (size == 2 && stated == "bfloat16") {
    return {DType::bfloat16, Decoding::from_raw_bits};
  }
  if (size == 1 && stated == "float8_e4m3fn") {
    return {DType::float8_e4m3, Decoding::from_raw_bits};
  }
  if (size == 1 && stated == "float8_e5m2") {
    return {DType::float8_e5m2, Decoding::from_raw_bits};
  }
  return {};
}

}  // namespace

ElementType element_type(hid_t dataset, hid_t type, const Limits& limits) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return float_type(type);
    case H5T_INTEGER:
      return integer_type(type);
    case H5T_ENUM:
      return enum_type(type);
    case H5T_COMPOUND:
      return compound_type(type);
    case H5T_OPAQUE:
      return opaque_type(dataset, type, limits);
    case H5T_STRING:
      return {DType::string, Decoding::none};
    default:
      return {};
  }
}

}  // namespace hindcast::io::hdf5
