#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "io/onnx/dataflow.hpp"
#include "io/onnx/trace.hpp"

namespace hindcast::io::onnx {

/// Gives tensors without a name of their own the name of who uses them, so that exports of the same
/// network that number them differently still call them the same.
class Naming {
 public:
  /// `stored`: the names that are taken.
  Naming(const Dataflow& flow, std::span<const std::string> stored);

  /// "layer1.0.conv1.weight" for the weight of node "/layer1/layer1.0/conv1/Conv"; "Conv_3.weight"
  /// for that of the fourth Conv where nodes have no names, or only such as "Conv_107", whose
  /// numbers count every node of the graph. Each name is given once.
  [[nodiscard]] std::string by_consumer(const Consumption& consumption, std::string_view part);

  /// `name` if it is still free, else with a number.
  [[nodiscard]] std::string distinct(const std::string& name);

 private:
  [[nodiscard]] std::string node_name(const Use& use) const;

  const Dataflow& flow_;
  std::vector<std::string> counted_;  // The name of each operation that is only numbered.
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, std::size_t> copies_;
};

}  // namespace hindcast::io::onnx
