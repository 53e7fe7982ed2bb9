// ModelProto and what it is made of: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
//
//   Model:    1 ir_version, 2 producer_name, 7 graph, 8 opset_import*, 14 metadata_props*,
//             20 training_info*, 25 functions*
//   Graph:    1 node*, 5 initializer*, 11 input*, 12 output*, 15 sparse_initializer*
//   Node:     1 input*, 2 output*, 3 name, 4 op_type, 5 attribute*, 7 domain
//   Function: 1 name, 4 input*, 5 output*, 7 node*, 10 domain
//   Attribute: 1 name, 3 i, 4 s, 6 g, 8 ints*, 11 graphs*
//
// Checked: nesting, numbers of nodes and names, and that opset_import is there from version 3 on,
// which is all that tells a model from one cut off after its graph.

#include "io/onnx/model.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/limit_options.hpp"
#include "io/onnx/tensor_proto.hpp"

namespace hindcast::io::onnx {
namespace {

using protobuf::Field;
using protobuf::for_each_field;
using protobuf::Message;

constexpr std::int64_t kFirstVersionWithOpsets = 3;
constexpr std::size_t kMostAttributes = 256;  // Of one node; the richest operators have twenty.
constexpr std::size_t kMostIntegers = 64;     // Lists of axes and extents are no longer.

// Operators of ONNX itself live in the domain "", which may be spelled out.
std::string_view domain_of(std::string_view text) noexcept {
  return text == "ai.onnx" ? "" : text;
}

class ModelParser {
 public:
  explicit ModelParser(const Limits& limits)
      : limits_(limits), nodes_left_(limits.tensors), names_left_(16 * limits.tensors) {}

  Model model(std::span<const std::byte> file) {
    Model model;
    Message graph;
    std::int64_t version = 0;
    bool has_opset = false;
    for_each_field({file}, [&](const Field& field) {
      switch (field.number) {
        case 1:
          version = integer_of(field);
          return;
        case 2:
          model.producer = name_of(field, limits_);
          return;
        case 7:
          graph.push_back(bytes_of(field));
          return;
        case 8:
          has_opset = true;
          return;
        case 14:
          model.metadata.push_back(property(field));
          return;
        case 20:
          ++model.training_infos;
          return;
        case 25:
          model.functions.push_back(function(bytes_of(field)));
          return;
        default:
          return;
      }
    });
    require_complete(!graph.empty(), version < kFirstVersionWithOpsets || has_opset);
    model.graph = with_context("graph", [&] { return this->graph(graph, limits_.depth); });
    return model;
  }

 private:
  static void require_complete(bool has_graph, bool has_opset) {
    if (!has_graph) {
      throw Error(ErrorCode::malformed, "no graph in the model");
    }
    if (!has_opset) {
      throw Error(ErrorCode::malformed, "no opset_import in the model, is the file cut short?");
    }
  }

  Graph graph(const Message& message, std::uint64_t depth) {
    if (depth == 0) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("subgraphs nested deeper than {}{}", limits_.depth, kRaiseDepth));
    }
    Graph graph;
    for_each_field(message, [&](const Field& field) {
      switch (field.number) {
        case 1:
          graph.nodes.push_back(node(bytes_of(field), depth));
          return;
        case 5:
          graph.initializers.push_back({bytes_of(field)});
          return take(nodes_left_, "tensors");
        case 11:
          graph.inputs.push_back(value_name(bytes_of(field)));
          return;
        case 12:
          graph.outputs.push_back(value_name(bytes_of(field)));
          return;
        case 15:
          graph.sparse_initializers.push_back({bytes_of(field)});
          return take(nodes_left_, "tensors");
        default:
          return;
      }
    });
    return graph;
  }

  Node node(std::span<const std::byte> message, std::uint64_t depth) {
    take(nodes_left_, "nodes");
    Node node;
    for_each_field({message}, [&](const Field& field) {
      switch (field.number) {
        case 1:
          node.inputs.push_back(value(field));
          return;
        case 2:
          node.outputs.push_back(value(field));
          return;
        case 3:
          node.name = name_of(field, limits_);
          return;
        case 4:
          node.op = name_of(field, limits_);
          return;
        case 5:
          return add_attribute(node, bytes_of(field), depth);
        case 7:
          node.domain = domain_of(name_of(field, limits_));
          return;
        default:
          return;
      }
    });
    return node;
  }

  void add_attribute(Node& node, std::span<const std::byte> message, std::uint64_t depth) {
    if (node.attributes.size() >= kMostAttributes) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("a node with more than {} attributes", kMostAttributes));
    }
    Attribute attribute;
    attribute.message = message;
    Message single;
    std::vector<Message> graphs;
    for_each_field({message}, [&](const Field& field) {
      switch (field.number) {
        case 1:
          attribute.name = name_of(field, limits_);
          return;
        case 3:
          attribute.integer = integer_of(field);
          return;
        case 4:
          attribute.text = text_of(field);
          return;
        case 6:
          single.push_back(bytes_of(field));
          return;
        case 8:
          return append_integers(attribute.integers, field);
        case 11:
          graphs.push_back({bytes_of(field)});
          return;
        default:
          return;
      }
    });
    if (attribute.integers.size() > kMostIntegers) {
      attribute.integers.clear();
    }
    if (!single.empty()) {
      graphs.push_back(std::move(single));
    }
    for (const Message& graph_message : graphs) {
      node.subgraphs.push_back(
          {.attribute = attribute.name, .graph = graph(graph_message, depth - 1)});
    }
    node.attributes.push_back(std::move(attribute));
  }

  // One more than are kept, so that longer lists can be told.
  static void append_integers(std::vector<std::int64_t>& integers, const Field& field) {
    protobuf::Numbers numbers(field, protobuf::Number::varint);
    while (integers.size() <= kMostIntegers) {
      const std::optional<std::uint64_t> number = numbers.next();
      if (!number) {
        return;
      }
      integers.push_back(static_cast<std::int64_t>(*number));
    }
  }

  Function function(std::span<const std::byte> message) {
    Function function;
    for_each_field({message}, [&](const Field& field) {
      switch (field.number) {
        case 1:
          function.name = name_of(field, limits_);
          return;
        case 4:
          function.body.inputs.push_back(value(field));
          return;
        case 5:
          function.body.outputs.push_back(value(field));
          return;
        case 7:
          function.body.nodes.push_back(node(bytes_of(field), limits_.depth));
          return;
        case 10:
          function.domain = domain_of(name_of(field, limits_));
          return;
        default:
          return;
      }
    });
    return function;
  }

  std::string_view value_name(std::span<const std::byte> value_info) {
    std::string_view name;
    for_each_field({value_info}, [&](const Field& field) {
      if (field.number == 1) {
        name = value(field);
      }
    });
    return name;
  }

  std::pair<std::string_view, std::string_view> property(const Field& field) {
    std::pair<std::string_view, std::string_view> result;
    for_each_field({bytes_of(field)}, [&](const Field& part) {
      if (part.number == 1) {
        result.first = text_of(part);
      } else if (part.number == 2) {
        result.second = text_of(part);
      }
    });
    take(names_left_, "names");
    return result;
  }

  std::string_view value(const Field& field) {
    take(names_left_, "names");
    return name_of(field, limits_);
  }

  static void take(std::uint64_t& left, std::string_view what) {
    if (left == 0) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("too many {} in the model, the limit goes with that of tensors{}",
                              what, kRaiseTensors));
    }
    --left;
  }

  const Limits& limits_;
  std::uint64_t nodes_left_;
  std::uint64_t names_left_;
};

// A graph as far as it is there: the first node or initializer decides.
bool looks_like_graph(std::span<const std::byte> bytes) {
  protobuf::MessageReader reader(bytes);
  while (const std::optional<Field> field = reader.next()) {
    if (field->number == 1 || field->number == 5 || field->number == 15) {
      protobuf::MessageReader inner(bytes_of(*field));
      while (inner.next()) {
      }
      return true;
    }
    static_cast<void>(bytes_of(*field));  // Every field of a graph is length-delimited.
  }
  return false;
}

// The content of a graph field whose length runs past the end of the file.
std::optional<std::span<const std::byte>> cut_off_graph(std::span<const std::byte> rest) {
  constexpr std::byte kKey{(7U << 3U) | 2U};
  constexpr std::size_t kLongestLength = 10;
  if (rest.empty() || rest.front() != kKey) {
    return std::nullopt;
  }
  const auto ends = [](std::byte byte) { return byte < std::byte{0x80}; };
  const auto length = rest.subspan(1, std::min(rest.size() - 1, kLongestLength));
  const auto last = std::ranges::find_if(length, ends);
  if (last == length.end()) {
    return std::nullopt;
  }
  return rest.subspan(2 + static_cast<std::size_t>(last - length.begin()));
}

bool begins_like_model(std::span<const std::byte> file) {
  constexpr std::size_t kMostFields = 10'000;  // Functions and metadata may come first.
  constexpr std::int64_t kHighestVersion = 1000;
  protobuf::MessageReader reader(file);
  std::size_t fields = 0;
  bool has_version = false;
  for (; fields < kMostFields; ++fields) {
    if (const auto graph = cut_off_graph(reader.rest()); graph && has_version) {
      return looks_like_graph(*graph);
    }
    const std::optional<Field> field = reader.next();
    if (!field) {
      return false;
    }
    if (field->number == 1) {
      const std::int64_t version = integer_of(*field);
      has_version = version > 0 && version <= kHighestVersion;
    }
  }
  return false;
}

// Only the outermost fields reach to the end of the file: what is missing there was cut off.
void require_whole(std::span<const std::byte> file) {
  protobuf::MessageReader reader(file);
  try {
    while (reader.next()) {
    }
  } catch (const Error& error) {
    const std::string_view what = error.what();
    throw Error(error.code(),
                fmt::format("{}{}", what.starts_with("need ") ? "truncated: " : "", what));
  }
}

}  // namespace

const Attribute& Node::attribute(std::string_view wanted) const {
  static const Attribute none{};
  const auto found = std::ranges::find(attributes, wanted, &Attribute::name);
  return found == attributes.end() ? none : *found;
}

bool Node::has_attribute(std::string_view wanted) const {
  return std::ranges::find(attributes, wanted, &Attribute::name) != attributes.end();
}

Model parse_model(std::span<const std::byte> file, const Limits& limits) {
  require_whole(file);
  return ModelParser(limits).model(file);
}

bool looks_like_model(std::span<const std::byte> file) noexcept {
  try {
    return begins_like_model(file);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace hindcast::io::onnx
