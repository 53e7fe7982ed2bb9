// Names for tensors that have none: the consuming node's module and what it takes them for.

#include "io/onnx/naming.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include "io/onnx/scope_name.hpp"

namespace hindcast::io::onnx {

Naming::Naming(const Dataflow& flow, std::span<const std::string> stored)
    : flow_(flow), taken_(stored.begin(), stored.end()) {
  std::unordered_map<std::string_view, std::size_t> counts;
  ordinals_.reserve(flow.operations().size());
  for (const Operation& operation : flow.operations()) {
    ordinals_.push_back(counts[operation.node->op]++);
  }
}

std::string Naming::node_name(const Use& use) const {
  const Node& node = *flow_.operation(use).node;
  return node.name.empty() ? fmt::format("{}_{}", node.op, ordinals_[use.node])
                           : std::string(node.name);
}

std::string Naming::by_consumer(const Consumption& consumption, std::string_view part) {
  const std::string node = node_name(consumption.use);
  const std::string scope = scope_of(node);
  std::string name = fmt::format("{}.{}", scope, part);
  if (taken_.contains(name) && leaf_of(node) != scope) {  // Two of them in one module.
    name = fmt::format("{}.{}.{}", scope, leaf_of(node), part);
  }
  return distinct(name);
}

std::string Naming::distinct(const std::string& name) {
  std::string result = name;
  while (!taken_.insert(result).second) {
    result = fmt::format("{}_{}", name, ++copies_.try_emplace(name, 1).first->second);
  }
  return result;
}

}  // namespace hindcast::io::onnx
