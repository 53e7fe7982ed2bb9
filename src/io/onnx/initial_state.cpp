// Exporters write the zeros that a recurrent layer begins with as a constant of its own, expanded
// to the batch: two or three long axes, and no weight.

#include "io/onnx/initial_state.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::io::onnx {
namespace {

constexpr std::size_t kMostUses = 64;

constexpr std::array<std::string_view, 14> kMoves = {
    "Identity",  "Cast",    "CastLike", "Expand", "Tile",  "Slice",  "Split",
    "Unsqueeze", "Squeeze", "Reshape",  "Concat", "Where", "Gather", "Transpose"};

constexpr std::array<std::string_view, 2> kMeasures = {"Shape", "Size"};

bool is_one_of(std::string_view op, std::span<const std::string_view> set) {
  return std::ranges::find(set, op) != set.end();
}

bool is_state(const Node& node, std::size_t input) {
  const bool recurrent = node.is("LSTM") || node.is("GRU") || node.is("RNN");
  if (recurrent) {
    return input == 5 || input == 6;  // initial_h and initial_c.
  }
  if (node.is("Scan") && !node.subgraphs.empty()) {
    const auto scanned = node.attribute("num_scan_inputs").integer.value_or(0);
    return static_cast<std::int64_t>(input) + scanned <
           static_cast<std::int64_t>(node.inputs.size());
  }
  return node.is("Loop") && input >= 2;
}

}  // namespace

std::string initial_state_note(const Dataflow& flow, std::size_t value) {
  std::vector<std::size_t> values = {value};
  std::unordered_set<std::size_t> seen = {value};
  const Node* taker = nullptr;
  std::size_t uses = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (const Use& use : flow.values()[values[i]].uses) {
      const Operation& operation = flow.operation(use);
      const Node& node = *operation.node;
      ++uses;
      if (is_one_of(node.op, kMeasures)) {
        continue;
      }
      if (is_state(node, use.input)) {
        taker = &node;
        continue;
      }
      if (!is_one_of(node.op, kMoves) || uses > kMostUses) {
        return "";
      }
      for (const std::size_t output : operation.outputs) {
        if (output != kNone && seen.insert(output).second) {
          values.push_back(output);
        }
      }
    }
  }
  return taker == nullptr ? ""
                          : fmt::format("the state that {} node '{}' begins with",
                                        printable(taker->op), printable(taker->name));
}

}  // namespace hindcast::io::onnx
