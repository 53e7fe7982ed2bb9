// https://github.com/pytorch/pytorch/blob/main/c10/core/ScalarType.h

#include "io/torch/element_type.hpp"

#include <algorithm>
#include <array>

namespace hindcast::io::torch {
namespace {

using tensor::DType;

constexpr std::array kTypes = {
    ElementType{"float64", "DoubleStorage", DType::float64, 8},
    ElementType{"float32", "FloatStorage", DType::float32, 4},
    ElementType{"float16", "HalfStorage", DType::float16, 2},
    ElementType{"bfloat16", "BFloat16Storage", DType::bfloat16, 2},
    ElementType{"float8_e4m3fn", "", DType::float8_e4m3, 1},
    ElementType{"float8_e5m2", "", DType::float8_e5m2, 1},
    ElementType{"int64", "LongStorage", DType::int64, 8},
    ElementType{"int32", "IntStorage", DType::int32, 4},
    ElementType{"int16", "ShortStorage", DType::int16, 2},
    ElementType{"int8", "CharStorage", DType::int8, 1},
    ElementType{"uint64", "", DType::uint64, 8},
    ElementType{"uint32", "", DType::uint32, 4},
    ElementType{"uint16", "", DType::uint16, 2},
    ElementType{"uint8", "ByteStorage", DType::uint8, 1},
    ElementType{"bool", "BoolStorage", DType::boolean, 1},
    ElementType{"complex128", "ComplexDoubleStorage", DType::complex128, 16},
    ElementType{"complex64", "ComplexFloatStorage", DType::complex64, 8},
    ElementType{"qint8", "QInt8Storage", DType::int8, 1, true},
    ElementType{"quint8", "QUInt8Storage", DType::uint8, 1, true},
    ElementType{"qint32", "QInt32Storage", DType::int32, 4, true},
    // Listed but not read.
    ElementType{"complex32", "ComplexHalfStorage", DType::other, 4},
    ElementType{"float8_e4m3fnuz", "", DType::float8_e4m3fnuz, 1},
    ElementType{"float8_e5m2fnuz", "", DType::float8_e5m2fnuz, 1},
    ElementType{"float8_e8m0fnu", "", DType::float8_e8m0, 1},
    ElementType{"float4_e2m1fn_x2", "", DType::other, 1},
    ElementType{"quint4x2", "QUInt4x2Storage", DType::other, 0, true},
    ElementType{"quint2x4", "QUInt2x4Storage", DType::other, 0, true},
};

constexpr ElementType kByte = {"uint8", "UntypedStorage", DType::uint8, 1};

}  // namespace

const ElementType* storage_element(const pickle::GlobalName& name) noexcept {
  if (name.name.empty() || (name.module != "torch" && !name.module.starts_with("torch."))) {
    return nullptr;  // torch.cuda.FloatStorage and others are stored alike.
  }
  if (name.name == kByte.storage) {
    return &kByte;
  }
  const auto* const found = std::ranges::find(kTypes, name.name, &ElementType::storage);
  return found != kTypes.end() ? found : nullptr;
}

const ElementType* dtype_element(const pickle::GlobalName& name) noexcept {
  if (name.module != "torch") {
    return nullptr;
  }
  const auto* const found = std::ranges::find(kTypes, name.name, &ElementType::name);
  return found != kTypes.end() ? found : nullptr;
}

}  // namespace hindcast::io::torch
