// Constants of element-wise arithmetic. What has one long axis and is added is a bias, what is
// multiplied is a scale; what is subtracted, divided by or applied to the model's input is no
// parameter, unless it is a matrix with a name of its own that is added. A larger array may be a
// trained one (a position embedding), or a table of anchors: exporters keep the names of
// parameters, so an anonymous one is a table, and a named one is left to its name.

#include "io/onnx/elementwise.hpp"

#include <algorithm>
#include <array>

namespace hindcast::io::onnx {
namespace {

using tensor::Role;

constexpr std::array<std::string_view, 13> kLayers = {"Conv",
                                                      "ConvTranspose",
                                                      "MatMul",
                                                      "Gemm",
                                                      "ConvInteger",
                                                      "LSTM",
                                                      "QLinearConv",
                                                      "MatMulInteger",
                                                      "QLinearMatMul",
                                                      "FusedConv",
                                                      "FusedMatMul",
                                                      "MatMulIntegerToFloat",
                                                      "DynamicQuantizeMatMul"};

// The value that the constant meets.
std::size_t partner_of(const Operation& operation, std::size_t input) {
  return operation.inputs.size() == 2 && input < 2 ? operation.inputs[1 - input] : kNone;
}

bool is_model_input(const Dataflow& flow, std::size_t value) {
  return value != kNone && flow.values()[value].producer == kNone && !flow.values()[value].constant;
}

// Does the value come from a layer, perhaps cast and rescaled as after an integer product?
bool comes_from_layer(const Dataflow& flow, std::size_t value) {
  constexpr std::size_t kSteps = 4;
  for (std::size_t step = 0; step < kSteps && value != kNone; ++step) {
    const std::size_t producer = flow.values()[value].producer;
    if (producer == kNone) {
      return false;
    }
    const Operation& operation = flow.operations()[producer];
    const std::string_view op = operation.node->op;
    if (std::ranges::find(kLayers, op) != kLayers.end()) {
      return true;
    }
    if ((op != "Cast" && op != "Mul" && op != "Identity") || operation.inputs.empty()) {
      return false;
    }
    value = operation.inputs.front();
  }
  return false;
}

}  // namespace

bool is_elementwise(const Node& node) noexcept {
  return node.is("Add") || node.is("Sub") || node.is("Mul") || node.is("Div");
}

ElementwiseVerdict judge_elementwise(const Dataflow& flow, const ElementwiseConstant& constant) {
  const Operation& operation = flow.operation(constant.use);
  const Node& node = *operation.node;
  const std::size_t partner = partner_of(operation, constant.use.input);
  const ElementwiseVerdict not_a_parameter{.role = Role::other, .part = {}};
  const bool added = node.is("Add");
  // A position embedding is added to what is embedded already.
  const bool named_matrix = added && !constant.anonymous && constant.long_axes == 2;
  if (node.is("Sub") || node.is("Div") || (is_model_input(flow, partner) && !named_matrix)) {
    return not_a_parameter;
  }
  if (added && constant.long_axes <= 1 && comes_from_layer(flow, partner)) {
    return {.role = Role::bias, .part = "bias"};
  }
  if (constant.long_axes != 1) {
    return constant.anonymous ? not_a_parameter : ElementwiseVerdict{};
  }
  if (!constant.anonymous) {  // Its neighbours' names tell a shift from a bias.
    return {.role = std::nullopt, .part = added ? "bias" : "weight"};
  }
  return added ? ElementwiseVerdict{.role = Role::bias, .part = "bias"}
               : ElementwiseVerdict{.role = Role::normalisation, .part = "weight"};
}

}  // namespace hindcast::io::onnx
