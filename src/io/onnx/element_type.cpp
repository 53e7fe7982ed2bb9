// TensorProto.DataType: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
//
// FLOAT4E2M1 and the types of two bits are listed and not read.

#include "io/onnx/element_type.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

namespace hindcast::io::onnx {
namespace {

using protobuf::Number;
using tensor::DType;

constexpr std::uint32_t kFloatData = 4;
constexpr std::uint32_t kInt32Data = 5;
constexpr std::uint32_t kStringData = 6;
constexpr std::uint32_t kInt64Data = 7;
constexpr std::uint32_t kDoubleData = 10;
constexpr std::uint32_t kUint64Data = 11;

constexpr std::array<ElementType, 26> kTypes = {{
    {1, "float", DType::float32, 32, kFloatData, Number::fixed32, 1},
    {2, "uint8", DType::uint8, 8, kInt32Data, Number::varint, 1},
    {3, "int8", DType::int8, 8, kInt32Data, Number::varint, 1},
    {4, "uint16", DType::uint16, 16, kInt32Data, Number::varint, 1},
    {5, "int16", DType::int16, 16, kInt32Data, Number::varint, 1},
    {6, "int32", DType::int32, 32, kInt32Data, Number::varint, 1},
    {7, "int64", DType::int64, 64, kInt64Data, Number::varint, 1},
    {8, "string", DType::string, 0, kStringData, Number::varint, 1},
    {9, "bool", DType::boolean, 8, kInt32Data, Number::varint, 1},
    {10, "float16", DType::float16, 16, kInt32Data, Number::varint, 1},
    {11, "double", DType::float64, 64, kDoubleData, Number::fixed64, 1},
    {12, "uint32", DType::uint32, 32, kUint64Data, Number::varint, 1},
    {13, "uint64", DType::uint64, 64, kUint64Data, Number::varint, 1},
    {14, "complex64", DType::complex64, 64, kFloatData, Number::fixed32, 2},
    {15, "complex128", DType::complex128, 128, kDoubleData, Number::fixed64, 2},
    {16, "bfloat16", DType::bfloat16, 16, kInt32Data, Number::varint, 1},
    {17, "float8e4m3fn", DType::float8_e4m3, 8, kInt32Data, Number::varint, 1},
    {18, "float8e4m3fnuz", DType::float8_e4m3fnuz, 8, kInt32Data, Number::varint, 1},
    {19, "float8e5m2", DType::float8_e5m2, 8, kInt32Data, Number::varint, 1},
    {20, "float8e5m2fnuz", DType::float8_e5m2fnuz, 8, kInt32Data, Number::varint, 1},
    {21, "uint4", DType::uint4, 4, kInt32Data, Number::varint, 1},
    {22, "int4", DType::int4, 4, kInt32Data, Number::varint, 1},
    {23, "float4e2m1", DType::other, 4, kInt32Data, Number::varint, 1},
    {24, "float8e8m0", DType::float8_e8m0, 8, kInt32Data, Number::varint, 1},
    {25, "uint2", DType::other, 2, kInt32Data, Number::varint, 1},
    {26, "int2", DType::other, 2, kInt32Data, Number::varint, 1},
}};

}  // namespace

const ElementType& element_type(std::int64_t data_type) {
  const auto* const found = std::ranges::find(kTypes, data_type, &ElementType::data_type);
  if (found == kTypes.end()) {
    throw Error(ErrorCode::malformed, fmt::format("unknown data_type {}", data_type));
  }
  return *found;
}

}  // namespace hindcast::io::onnx
