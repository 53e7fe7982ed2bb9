// The operators that a parameter passes through on its way to the one that uses it. Element-wise
// arithmetic between constants counts: weight normalisation, standardisation, fake quantisation.

#include "io/onnx/passing.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace hindcast::io::onnx {
namespace {

constexpr std::array<std::string_view, 12> kByFirstInput = {
    "Identity", "Cast",      "CastLike", "Dropout",   "QuantizeLinear", "DequantizeLinear",
    "Reshape",  "Transpose", "Squeeze",  "Unsqueeze", "Flatten",        "Slice"};

constexpr std::array<std::string_view, 5> kByAnyInput = {"Concat", "Add", "Sub", "Mul", "Div"};

// An attribute up to some version of the operator, an input from then on.
std::optional<std::vector<std::int64_t>> attribute_or_input(const Dataflow& flow,
                                                            const Operation& operation,
                                                            std::string_view attribute) {
  if (operation.node->has_attribute(attribute)) {
    return operation.node->attribute(attribute).integers;
  }
  if (operation.inputs.size() < 2 || operation.inputs[1] == kNone) {
    return std::vector<std::int64_t>();
  }
  return flow.integer_input(operation, 1);
}

}  // namespace

bool passes_on(const Node& node, std::size_t input) {
  if (!node.domain.empty()) {
    return false;
  }
  if (input == 0 &&
      (std::ranges::find(kByFirstInput, node.op) != kByFirstInput.end() || node.op == "Split")) {
    return true;
  }
  return std::ranges::find(kByAnyInput, node.op) != kByAnyInput.end();
}

std::optional<TracedAxes> axes_after(const Dataflow& flow, const Operation& operation,
                                     const TracedAxes& axes) {
  const Node& node = *operation.node;
  if (node.op == "Transpose") {
    return axes.transposed(node.attribute("perm").integers);
  }
  if (node.op == "Flatten") {
    return axes.flattened(node.attribute("axis").integer.value_or(1));
  }
  if (node.op == "Slice" || node.op == "Split" || node.op == "Concat") {
    return axes.resized();
  }
  if (node.op == "Reshape") {
    const auto shape = attribute_or_input(flow, operation, "shape");
    const bool zero_is_zero = node.attribute("allowzero").integer.value_or(0) != 0;
    return shape && !zero_is_zero ? axes.reshaped(*shape) : std::nullopt;
  }
  if (node.op == "Squeeze" || node.op == "Unsqueeze") {
    const auto moved = attribute_or_input(flow, operation, "axes");
    if (!moved) {
      return std::nullopt;
    }
    return node.op == "Squeeze" ? axes.squeezed(*moved) : axes.unsqueezed(*moved);
  }
  return axes;
}

}  // namespace hindcast::io::onnx
