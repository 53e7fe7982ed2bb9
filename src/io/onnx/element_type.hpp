#pragma once

#include <cstdint>
#include <string_view>

#include "hindcast/tensor/dtype.hpp"

#include "io/container/protobuf.hpp"

namespace hindcast::io::onnx {

/// One value of TensorProto.DataType: what an element is and how it is stored.
struct ElementType {
  std::int64_t data_type = 0;
  std::string_view name;  ///< In the specification's spelling, lower case.
  tensor::DType dtype = tensor::DType::other;
  unsigned bits = 0;        ///< Of one element in raw_data; 0 for strings, which have none there.
  std::uint32_t field = 0;  ///< The field of TensorProto that holds elements outside of raw_data.
  protobuf::Number number = protobuf::Number::varint;  ///< How that field encodes its numbers.
  unsigned numbers = 1;                                ///< Of that field for one element.
};

/// Throws Error{malformed} where there is no such data type.
[[nodiscard]] const ElementType& element_type(std::int64_t data_type);

}  // namespace hindcast::io::onnx
