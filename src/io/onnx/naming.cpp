// Names for tensors that have none: the consuming node's module and what it takes them for.

#include "io/onnx/naming.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include "io/onnx/scope_name.hpp"

namespace hindcast::io::onnx {

namespace {

// "Conv" for a node that is called by its operator and a number ("Conv_107", "Conv_107_quant"), and
// for one without a name; empty where the name says more.
std::string_view counted_stem(const Node& node) {
  if (node.name.empty()) {
    return node.op;
  }
  constexpr std::string_view kQuantised = "_quant";
  std::string_view stem = node.name;
  if (stem.ends_with(kQuantised)) {
    stem.remove_suffix(kQuantised.size());
  }
  const std::size_t underscore = stem.find_last_not_of("0123456789");
  if (underscore == std::string_view::npos || underscore + 1 == stem.size() ||
      stem[underscore] != '_') {
    return "";
  }
  stem = stem.substr(0, underscore);
  // The quantised twin of a Conv is a ConvInteger or a QLinearConv.
  return !stem.empty() && node.op.find(stem) != std::string_view::npos ? stem : "";
}

}  // namespace

Naming::Naming(const Dataflow& flow, std::span<const std::string> stored)
    : flow_(flow), taken_(stored.begin(), stored.end()) {
  std::unordered_map<std::string_view, std::size_t> counts;
  counted_.reserve(flow.operations().size());
  for (const Operation& operation : flow.operations()) {
    const std::string_view stem = counted_stem(*operation.node);
    counted_.push_back(stem.empty() ? "" : fmt::format("{}_{}", stem, counts[stem]++));
  }
}

std::string Naming::node_name(const Use& use) const {
  const std::string& counted = counted_[use.node];
  return counted.empty() ? std::string(flow_.operation(use).node->name) : counted;
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
