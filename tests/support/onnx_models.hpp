#pragma once

// ONNX models written field by field, so that a test can also write what no exporter would.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::test::onnx {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) {
    bytes += static_cast<char>(static_cast<unsigned char>(value) | 0x80U);
  }
  bytes += static_cast<char>(static_cast<unsigned char>(value));
  return bytes;
}

inline std::string number(unsigned field, std::int64_t value) {
  return varint(field << 3U) + varint(static_cast<std::uint64_t>(value));
}

inline std::string bytes(unsigned field, std::string_view content) {
  return varint((field << 3U) | 2U) + varint(content.size()).append(content);
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  std::string result(values.size() * sizeof(T), '\0');
  if (!values.empty()) {
    std::memcpy(result.data(), values.data(), result.size());
  }
  return result;
}

using Dims = std::vector<std::int64_t>;

inline std::string dims(const Dims& extents) {
  std::string result;
  for (const std::int64_t extent : extents) {
    result += number(1, extent);
  }
  return result;
}

enum DataType : std::uint8_t {
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  int32 = 6,
  int64 = 7,
  uint4 = 21,
  int4 = 22
};

/// A TensorProto with raw_data.
inline std::string raw_tensor(std::string_view name, const Dims& extents, DataType type,
                              std::string_view content) {
  return dims(extents) + number(2, type) + bytes(8, name) + bytes(9, content);
}

/// 1, 2, 3, ... as float32.
inline std::string floats(std::string_view name, const Dims& extents) {
  std::size_t count = 1;
  for (const std::int64_t extent : extents) {
    count *= static_cast<std::size_t>(extent);
  }
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(i + 1);
  }
  return raw_tensor(name, extents, float32, raw(values));
}

inline std::string integers(std::string_view name, const std::vector<std::int64_t>& values) {
  return raw_tensor(name, {static_cast<std::int64_t>(values.size())}, int64, raw(values));
}

/// Attributes of a node.
inline std::string attribute(std::string_view name, std::int64_t value) {
  return bytes(5, bytes(1, name) + number(3, value));
}
inline std::string list_attribute(std::string_view name, const std::vector<std::int64_t>& values) {
  std::string content = bytes(1, name);
  for (const std::int64_t value : values) {
    content += number(8, value);
  }
  return bytes(5, content);
}
inline std::string text_attribute(std::string_view name, std::string_view text) {
  return bytes(5, bytes(1, name) + bytes(4, text));
}
inline std::string tensor_attribute(std::string_view name, std::string_view tensor) {
  return bytes(5, bytes(1, name) + bytes(5, tensor));
}
inline std::string graph_attribute(std::string_view name, std::string_view graph) {
  return bytes(5, bytes(1, name) + bytes(6, graph));
}

struct NodeText {
  std::string op;
  std::vector<std::string> inputs = {};
  std::vector<std::string> outputs = {};
  std::string name = {};
  std::string attributes = {};
  std::string domain = {};
};

/// A NodeProto.
inline std::string node(const NodeText& text) {
  std::string result;
  for (const std::string& input : text.inputs) {
    result += bytes(1, input);
  }
  for (const std::string& output : text.outputs) {
    result += bytes(2, output);
  }
  result += text.name.empty() ? "" : bytes(3, text.name);
  result += bytes(4, text.op) + text.attributes;
  return result + (text.domain.empty() ? "" : bytes(7, text.domain));
}

/// Fields of a GraphProto.
inline std::string node_field(const NodeText& text) {
  return bytes(1, node(text));
}
inline std::string initializer(std::string_view tensor) {
  return bytes(5, tensor);
}
inline std::string input(std::string_view name) {
  return bytes(11, bytes(1, name));
}
inline std::string output(std::string_view name) {
  return bytes(12, bytes(1, name));
}

/// A ModelProto around a graph. `more` goes between the graph and the opset.
inline std::string model(std::string_view graph, std::string_view more = {}) {
  return number(1, 8) + bytes(2, "pytorch") + bytes(7, graph) + std::string(more) +
         bytes(8, bytes(1, "") + number(2, 17));
}

}  // namespace hindcast::test::onnx
