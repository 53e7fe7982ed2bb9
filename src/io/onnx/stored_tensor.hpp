#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "base/mapped_file.hpp"
#include "io/container/protobuf.hpp"
#include "io/expansion_budget.hpp"
#include "io/onnx/element_type.hpp"
#include "io/onnx/external_data.hpp"

namespace hindcast::io::onnx {

/// A run of elements, wherever it is stored. A view; nothing is decoded.
struct Elements {
  ElementType type;
  std::uint64_t count = 0;
  bool packed = true;                           ///< In `bytes`; else in the fields of `message`.
  std::span<const std::byte> bytes = {};        ///< raw_data or external data.
  std::shared_ptr<const MappedFile> file = {};  ///< Keeps external data mapped.
  protobuf::Message message = {};               ///< Holds the numbers in its fields `type.field`.
  bool absent = false;  ///< In an external file that is missing, cut short or no plain file.
  std::string unreadable = {};  ///< Why the elements cannot be read, if they cannot.
};

/// A tensor of the model file: an initializer, or what a Constant node gives.
struct StoredTensor {
  std::string_view name;  ///< As stored; empty for most constants.
  std::vector<std::uint64_t> shape;
  Elements values;
  std::optional<Elements> indices;  ///< Sparse: where `values` go, everything else is zero.
  bool linear_indices = false;      ///< One number a value, not one a value and axis.
};

/// Reads tensor messages against the limits. Every count is checked against the shape; external
/// files are opened; no value is decoded.
class TensorParser {
 public:
  TensorParser(const Limits& limits, ExternalFiles& files)
      : limits_(limits), files_(files), expansion_(limits) {}

  /// From a TensorProto. Throws Error{malformed, limit_exceeded, unsupported}.
  [[nodiscard]] StoredTensor tensor(const protobuf::Message& message) const;
  /// From a SparseTensorProto. The indices are read and checked. Throws as above.
  [[nodiscard]] StoredTensor sparse_tensor(const protobuf::Message& message) const;
  /// From the attribute of a Constant node: `value`, `value_float(s)`, `value_int(s)`,
  /// `sparse_value`; nothing for any other. Throws as above.
  [[nodiscard]] std::optional<StoredTensor> constant(std::span<const std::byte> attribute) const;
  /// From any attribute that is a tensor; nothing for any other. Throws as above.
  [[nodiscard]] std::optional<StoredTensor> tensor_attribute(
      std::span<const std::byte> attribute) const;

 private:
  const Limits& limits_;
  ExternalFiles& files_;
  mutable ExpansionBudget expansion_;  // Of all sparse tensors that were parsed.
};

}  // namespace hindcast::io::onnx
