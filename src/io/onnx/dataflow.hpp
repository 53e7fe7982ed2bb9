#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/onnx/model.hpp"
#include "io/onnx/stored_tensor.hpp"

namespace hindcast::io::onnx {

/// Stands for "none" where an index is expected.
inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// A place that takes a value: input `input` of node `node`.
struct Use {
  std::size_t node = kNone;
  std::size_t input = kNone;
};

/// What flows between nodes.
struct Value {
  std::vector<Use> uses = {};    ///< In order of execution.
  std::size_t producer = kNone;  ///< The node that gives it.
  std::size_t tensor = kNone;    ///< The stored tensor it is, if it is one.
  bool constant = false;         ///< Depends on no input of the model.
};

/// A node with its names resolved: indices of values, kNone for those left out.
struct Operation {
  const Node* node = nullptr;
  std::vector<std::size_t> inputs = {};
  std::vector<std::size_t> outputs = {};
};

/// A tensor of the model and where it is known.
struct Constant {
  StoredTensor tensor;
  std::string path;                                        ///< Unique in the model.
  std::optional<std::vector<std::int64_t>> integers = {};  ///< Those of a short list of int64.
  std::size_t value = kNone;      ///< kNone for one that only steers its operation ...
  std::size_t operation = kNone;  ///< ... which is this.
};

/// The whole model as one flow: subgraphs and functions are laid out where they are first used,
/// names are resolved by their scope, and what passes a value into or out of a subgraph or a
/// function is an operation `Identity`.
///
/// A view of the model, which must outlive it.
class Dataflow {
 public:
  /// Throws Error{malformed, limit_exceeded, unsupported}.
  Dataflow(const Model& model, const TensorParser& parser, const Limits& limits);

  [[nodiscard]] std::span<const Operation> operations() const noexcept { return operations_; }
  [[nodiscard]] std::span<const Value> values() const noexcept { return values_; }
  /// In the order of the file.
  [[nodiscard]] std::span<const Constant> constants() const noexcept { return constants_; }
  /// Gives the constants away, when nothing else of the flow is needed any more.
  [[nodiscard]] std::vector<Constant> release_constants() && { return std::move(constants_); }

  [[nodiscard]] const Operation& operation(const Use& use) const { return operations_[use.node]; }
  /// The tensor stored for an input of an operation, or null.
  [[nodiscard]] const Constant* constant_input(const Operation& operation, std::size_t input) const;
  /// Its elements, where it is a stored list of int64 that is no longer than any rank.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integer_input(const Operation& operation,
                                                                       std::size_t input) const;

 private:
  friend class DataflowBuilder;

  std::vector<Operation> operations_;
  std::vector<Value> values_;
  std::vector<Constant> constants_;
};

}  // namespace hindcast::io::onnx
