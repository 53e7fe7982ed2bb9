#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/container/protobuf.hpp"

namespace hindcast::io::onnx {

struct Subgraph;

/// An attribute of a node. Decoded once: a hostile one may be long, and looked at often.
struct Attribute {
  std::string_view name;
  std::optional<std::int64_t> integer = {};
  std::vector<std::int64_t> integers = {};  ///< Empty where the list is longer than any rank.
  std::string_view text = {};
  std::span<const std::byte> message = {};  ///< All of it.
};

/// One operation. Names are views of the file.
struct Node {
  std::string_view op;
  std::string_view domain;               ///< Empty for the operators of ONNX itself.
  std::string_view name;                 ///< Empty where the exporter gave none.
  std::vector<std::string_view> inputs;  ///< Empty names stand for inputs that are left out.
  std::vector<std::string_view> outputs;
  std::vector<Subgraph> subgraphs;  ///< Branches of If, bodies of Loop and Scan.
  std::vector<Attribute> attributes;

  /// Is it this operator of ONNX itself?
  [[nodiscard]] bool is(std::string_view onnx_op) const noexcept {
    return op == onnx_op && domain.empty();
  }
  /// The attribute of that name, or one without content.
  [[nodiscard]] const Attribute& attribute(std::string_view wanted) const;
  [[nodiscard]] bool has_attribute(std::string_view wanted) const;
};

struct Graph {
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<Node> nodes;
  std::vector<protobuf::Message> initializers;
  std::vector<protobuf::Message> sparse_initializers;
};

/// A graph within a node.
struct Subgraph {
  std::string_view attribute;  ///< "then_branch", "body", ...
  Graph graph;
};

/// An operator that the model defines itself.
struct Function {
  std::string_view name;
  std::string_view domain;
  Graph body;
};

struct Model {
  std::string_view producer;
  Graph graph;
  std::vector<Function> functions;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
  std::size_t training_infos = 0;
};

/// Reads the structure of a model; tensors stay encoded. Throws Error{malformed, limit_exceeded}.
[[nodiscard]] Model parse_model(std::span<const std::byte> file, const Limits& limits);

/// Do these bytes begin like a model: a plausible version, and a graph with nodes or initializers?
/// A graph that the end of the file cuts off still counts, so that opening it can say so.
[[nodiscard]] bool looks_like_model(std::span<const std::byte> file) noexcept;

}  // namespace hindcast::io::onnx
