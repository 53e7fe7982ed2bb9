// Lays a model out as one flow of values. A name means the nearest enclosing graph's value of that
// name; a function sees only its own. Functions are laid out once, at their first call: the flow
// would otherwise grow exponentially with functions that call each other.

#include "io/onnx/dataflow.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/limit_options.hpp"
#include "io/onnx/tensor_values.hpp"

namespace hindcast::io::onnx {

using protobuf::for_each_field;

namespace {

const Node& identity() {
  static const Node node = [] {
    Node made;
    made.op = "Identity";
    return made;
  }();
  return node;
}

// What the names of one graph mean.
struct Scope {
  const Scope* outer = nullptr;
  std::string prefix;  // Tells tensors of equal names apart.
  bool always_prefix = false;
  std::unordered_map<std::string_view, std::size_t> values = {};
};

bool is_random(const Node& node) noexcept {
  return node.op.starts_with("Random") || node.op == "Bernoulli" || node.op == "Multinomial";
}

// Shapes and axes, decoded once: they are asked for at every use.
std::optional<std::vector<std::int64_t>> small_integers(const StoredTensor& tensor) {
  constexpr std::uint64_t kMost = 64;
  const Elements& elements = tensor.values;
  const bool small = elements.type.dtype == tensor::DType::int64 && elements.count <= kMost;
  if (!small || tensor.indices || !elements.unreadable.empty()) {
    return std::nullopt;
  }
  return read_integers(elements);
}

// Does the body of a loop hand on what it takes at `input` as it is?
bool is_carried_unchanged(const Graph& body, std::size_t input) {
  if (input - 1 >= body.outputs.size()) {
    return false;
  }
  const std::string_view taken = body.inputs[input];
  const std::string_view given = body.outputs[input - 1];  // The first input is the counter.
  const auto copies = [&](const Node& node) {
    return node.is("Identity") && node.inputs == std::vector{taken} &&
           node.outputs == std::vector{given};
  };
  return taken == given || std::ranges::any_of(body.nodes, copies);
}

std::string label(const Node& node) {
  return std::string(node.name.empty() ? node.op : node.name);
}

}  // namespace

class DataflowBuilder {
 public:
  DataflowBuilder(Dataflow& flow, const Model& model, const TensorParser& parser,
                  const Limits& limits)
      : flow_(flow), parser_(parser), limits_(limits) {
    for (const Function& function : model.functions) {
      functions_.emplace(std::pair(function.domain, function.name), &function);
    }
    Scope scope;
    lay_out(model.graph, scope, limits.depth);
    for (const Function& function : model.functions) {
      if (!functions_laid_out_.contains(&function)) {  // Nothing calls it.
        enter_function({}, function, limits.depth);
      }
    }
  }

 private:
  struct LaidOut {
    std::vector<std::size_t> inputs;
    std::vector<std::size_t> outputs;
  };

  LaidOut lay_out(const Graph& graph, Scope& scope, std::uint64_t depth) {
    if (depth == 0) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("subgraphs and functions nested deeper than {}{}", limits_.depth,
                              kRaiseDepth));
    }
    LaidOut result;
    for (const std::string_view input : graph.inputs) {
      result.inputs.push_back(define(input, scope));
    }
    add_initializers(graph, scope);
    for (const Node& node : graph.nodes) {  // All first: the order may not be topological.
      for (const std::string_view output : node.outputs) {
        define(output, scope);
      }
    }
    for (const Node& node : graph.nodes) {
      add_node(node, scope, depth);
    }
    for (const std::string_view output : graph.outputs) {
      result.outputs.push_back(resolve(output, scope));
    }
    return result;
  }

  void add_initializers(const Graph& graph, Scope& scope) {
    for (const protobuf::Message& message : graph.initializers) {
      add_constant(initializer(message, false), scope);
    }
    for (const protobuf::Message& message : graph.sparse_initializers) {
      add_constant(initializer(message, true), scope);
    }
  }

  StoredTensor initializer(const protobuf::Message& message, bool sparse) {
    try {
      return sparse ? parser_.sparse_tensor(message) : parser_.tensor(message);
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("{}initializer{}: {}", sparse ? "sparse " : "",
                                            quoted_name(message, sparse), error.what()));
    }
  }

  // The name of a tensor that could not be parsed, as far as it goes. That of a sparse one is the
  // name of its values, which are its first field.
  static std::string quoted_name(const protobuf::Message& message, bool sparse) {
    constexpr std::uint32_t kSparseValues = 1;
    constexpr std::uint32_t kTensorName = 8;
    constexpr std::size_t kEnough = 200;
    std::string name;
    try {
      for_each_field(message, [&](const protobuf::Field& field) {
        if (sparse && field.number == kSparseValues) {
          name = quoted_name({bytes_of(field)}, false);
        } else if (!sparse && field.number == kTensorName) {
          name = fmt::format(" '{}'", printable(text_of(field).substr(0, kEnough)));
        }
      });
    } catch (const Error&) {  // The very fault that is being reported.
    }
    return name;
  }

  void add_constant(StoredTensor tensor, Scope& scope) {
    const std::string_view name = tensor.name;
    if (name.empty()) {
      throw Error(ErrorCode::malformed, "an initializer has no name");
    }
    store(std::move(tensor), name, scope);
  }

  void store(StoredTensor tensor, std::string_view name, Scope& scope) {
    const std::size_t value = define(name, scope);
    if (flow_.values_[value].tensor != kNone) {
      throw Error(ErrorCode::malformed,
                  fmt::format("two tensors of the name '{}'", printable(name)));
    }
    flow_.values_[value].tensor = flow_.constants_.size();
    flow_.values_[value].constant = true;
    list({.tensor = std::move(tensor), .path = unique_path(name, scope), .value = value});
  }

  void list(Constant constant) {
    if (flow_.constants_.size() >= limits_.tensors) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("more than {} tensors{}", limits_.tensors, kRaiseTensors));
    }
    constant.integers = small_integers(constant.tensor);
    flow_.constants_.push_back(std::move(constant));
  }

  std::string unique_path(std::string_view name, const Scope& scope) {
    std::string path(name);
    if (scope.always_prefix || paths_.contains(path)) {
      path = scope.prefix + path;
    }
    const std::string first = path;
    while (!paths_.insert(path).second) {
      path = fmt::format("{}#{}", first, ++copies_.try_emplace(first, 1).first->second);
    }
    return path;
  }

  void add_node(const Node& node, Scope& scope, std::uint64_t depth) {
    if (node.is("Constant") && node.inputs.empty()) {
      return add_constant_node(node, scope);
    }
    Operation operation{.node = &node};
    for (const std::string_view input : node.inputs) {
      operation.inputs.push_back(resolve(input, scope));
    }
    for (const std::string_view output : node.outputs) {
      operation.outputs.push_back(output.empty() ? kNone : resolve(output, scope));
    }
    add(operation);
    list_tensor_attributes(node, scope);
    for (const Subgraph& subgraph : node.subgraphs) {
      enter_subgraph(operation, subgraph, scope, depth);
    }
    const auto called = functions_.find(std::pair(node.domain, node.op));
    if (called != functions_.end()) {
      enter_function(operation, *called->second, depth);
    }
  }

  void add(Operation operation) {
    const std::size_t index = flow_.operations_.size();
    bool constant = operation.node->subgraphs.empty() && !is_random(*operation.node);
    for (std::size_t i = 0; i < operation.inputs.size(); ++i) {
      if (operation.inputs[i] != kNone) {
        Value& value = flow_.values_[operation.inputs[i]];
        value.uses.push_back({.node = index, .input = i});
        constant = constant && value.constant;
      }
    }
    for (const std::size_t output : operation.outputs) {
      if (output != kNone) {
        Value& value = flow_.values_[output];
        value.producer = index;
        value.constant = value.tensor != kNone || (constant && !operation.inputs.empty());
      }
    }
    flow_.operations_.push_back(std::move(operation));
  }

  void add_constant_node(const Node& node, Scope& scope) {
    if (node.outputs.empty() || node.outputs.front().empty()) {
      return;
    }
    std::optional<StoredTensor> tensor;
    for_each_attribute(node, [&](std::span<const std::byte> attribute) {
      if (!tensor) {
        tensor = parser_.constant(attribute);
      }
    });
    if (tensor) {
      store(std::move(*tensor), node.outputs.front(), scope);
    }
  }

  // Such as the value of ConstantOfShape: stored, but not what flows.
  void list_tensor_attributes(const Node& node, const Scope& scope) {
    const std::size_t operation = flow_.operations_.size() - 1;
    for_each_attribute(node, [&](std::span<const std::byte> attribute) {
      if (std::optional<StoredTensor> tensor = parser_.tensor_attribute(attribute)) {
        const std::string_view name =
            node.outputs.empty() || node.outputs.front().empty() ? node.op : node.outputs.front();
        list({.tensor = std::move(*tensor),
              .path = unique_path(name, scope),
              .operation = operation});
      }
    });
  }

  template <typename Function>
  static void for_each_attribute(const Node& node, Function&& function) {
    try {
      for (const Attribute& attribute : node.attributes) {
        function(attribute.message);
      }
    } catch (const Error& error) {
      const std::string_view name = node.outputs.empty() ? node.name : node.outputs.front();
      throw Error(error.code(), fmt::format("constant '{}': {}", printable(name), error.what()));
    }
  }

  void enter_subgraph(const Operation& owner, const Subgraph& subgraph, const Scope& scope,
                      std::uint64_t depth) {
    Scope inner{
        .outer = &scope,
        .prefix = fmt::format("{}{}/{}/", scope.prefix, label(*owner.node), subgraph.attribute)};
    // A loop hands to its body what it carries; where that changes, it is no constant in there. A
    // branch or a scan hands over nothing as it is.
    const bool loop = owner.node->is("Loop");
    for (std::size_t i = 2; loop && i < subgraph.graph.inputs.size(); ++i) {
      const std::size_t carried = define(subgraph.graph.inputs[i], inner);
      if (is_carried_unchanged(subgraph.graph, i)) {
        link(at(owner.inputs, i), carried);
      }
    }
    const LaidOut body = lay_out(subgraph.graph, inner, depth - 1);
    const std::size_t skipped = loop ? 1 : 0;  // The body's first output is the condition.
    if (loop || owner.node->is("If")) {
      for (std::size_t i = skipped; i < body.outputs.size(); ++i) {
        link(body.outputs[i], at(owner.outputs, i - skipped));
      }
    }
  }

  void enter_function(const Operation& call, const Function& function, std::uint64_t depth) {
    const auto [known, is_new] = functions_laid_out_.try_emplace(&function);
    LaidOut& body = known->second;  // Empty within a function that calls itself.
    if (is_new) {
      Scope scope = scope_of(function);
      for (const std::string_view input : function.body.inputs) {
        body.inputs.push_back(define(input, scope));
      }
      link_all(call.inputs, body.inputs);  // Before the body, which asks what is constant.
      body.outputs = lay_out(function.body, scope, depth - 1).outputs;
    } else {
      link_all(call.inputs, body.inputs);
    }
    link_all(body.outputs, call.outputs);
  }

  static Scope scope_of(const Function& function) {
    return {.prefix = fmt::format("{}/", function.name), .always_prefix = true};
  }

  void link_all(std::span<const std::size_t> from, std::span<const std::size_t> to) {
    for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i) {
      link(from[i], to[i]);
    }
  }

  void link(std::size_t from, std::size_t to) {
    if (from != kNone && to != kNone && from != to) {
      add({.node = &identity(), .inputs = {from}, .outputs = {to}});
    }
  }

  static std::size_t at(const std::vector<std::size_t>& indices, std::size_t i) {
    return i < indices.size() ? indices[i] : kNone;
  }

  std::size_t define(std::string_view name, Scope& scope) {
    if (name.empty()) {
      return kNone;
    }
    const auto [place, is_new] = scope.values.try_emplace(name, flow_.values_.size());
    if (is_new) {
      flow_.values_.emplace_back();
    }
    return place->second;
  }

  std::size_t resolve(std::string_view name, Scope& scope) {
    for (const Scope* at_scope = &scope; at_scope != nullptr; at_scope = at_scope->outer) {
      const auto found = at_scope->values.find(name);
      if (found != at_scope->values.end()) {
        return found->second;
      }
    }
    return define(name, scope);
  }

  Dataflow& flow_;
  const TensorParser& parser_;
  const Limits& limits_;
  std::map<std::pair<std::string_view, std::string_view>, const Function*> functions_;
  std::map<const Function*, LaidOut> functions_laid_out_;
  std::unordered_set<std::string> paths_;
  std::unordered_map<std::string, std::size_t> copies_;
};

Dataflow::Dataflow(const Model& model, const TensorParser& parser, const Limits& limits) {
  DataflowBuilder(*this, model, parser, limits);
}

const Constant* Dataflow::constant_input(const Operation& operation, std::size_t input) const {
  if (input >= operation.inputs.size() || operation.inputs[input] == kNone) {
    return nullptr;
  }
  const std::size_t tensor = values_[operation.inputs[input]].tensor;
  return tensor == kNone ? nullptr : &constants_[tensor];
}

std::optional<std::vector<std::int64_t>> Dataflow::integer_input(const Operation& operation,
                                                                 std::size_t input) const {
  const Constant* const constant = constant_input(operation, input);
  return constant == nullptr ? std::nullopt : constant->integers;
}

}  // namespace hindcast::io::onnx
