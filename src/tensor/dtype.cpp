#include "hindcast/tensor/dtype.hpp"

namespace hindcast::tensor {

std::string_view name(DType dtype) noexcept {
  switch (dtype) {
    case DType::float128:
      return "float128";
    case DType::float64:
      return "float64";
    case DType::float32:
      return "float32";
    case DType::float16:
      return "float16";
    case DType::bfloat16:
      return "bfloat16";
    case DType::float8_e4m3:
      return "float8_e4m3";
    case DType::float8_e5m2:
      return "float8_e5m2";
    case DType::float8_e4m3fnuz:
      return "float8_e4m3fnuz";
    case DType::float8_e5m2fnuz:
      return "float8_e5m2fnuz";
    case DType::float8_e8m0:
      return "float8_e8m0";
    case DType::int64:
      return "int64";
    case DType::int32:
      return "int32";
    case DType::int16:
      return "int16";
    case DType::int8:
      return "int8";
    case DType::int4:
      return "int4";
    case DType::uint64:
      return "uint64";
    case DType::uint32:
      return "uint32";
    case DType::uint16:
      return "uint16";
    case DType::uint8:
      return "uint8";
    case DType::uint4:
      return "uint4";
    case DType::boolean:
      return "bool";
    case DType::complex128:
      return "complex128";
    case DType::complex64:
      return "complex64";
    case DType::string:
      return "string";
    case DType::other:
      break;
  }
  return "other";
}

bool is_floating_point(DType dtype) noexcept {
  return dtype <= DType::float8_e8m0;
}

bool is_integer(DType dtype) noexcept {
  return dtype >= DType::int64 && dtype <= DType::uint4;
}

bool is_real(DType dtype) noexcept {
  return dtype <= DType::boolean;
}

}  // namespace hindcast::tensor
