#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/container/protobuf.hpp"
#include "io/onnx/external_data.hpp"

namespace hindcast::io::onnx {

/// The fields of a TensorProto, before anything is made of them.
struct TensorProto {
  protobuf::Message message;  ///< Where they are from.
  std::string_view name;
  std::vector<std::uint64_t> dims;
  std::int64_t data_type = 0;
  std::optional<std::span<const std::byte>> raw_data;
  /// How many numbers (or strings) each typed field holds, by field number: 4 to 7, 10 and 11.
  std::array<std::uint64_t, 12> numbers = {};
  std::optional<ExternalLocation> external;
};

/// Throws Error{malformed, limit_exceeded, unsupported}.
[[nodiscard]] TensorProto parse_tensor_proto(const protobuf::Message& message,
                                             const Limits& limits);

/// Adds the numbers of a `dims` field. Throws Error{malformed, limit_exceeded}.
void append_dims(std::vector<std::uint64_t>& dims, const protobuf::Field& field,
                 const Limits& limits);

/// A name, of bounded length. Throws Error{malformed, limit_exceeded}.
[[nodiscard]] std::string_view name_of(const protobuf::Field& field, const Limits& limits);

}  // namespace hindcast::io::onnx
