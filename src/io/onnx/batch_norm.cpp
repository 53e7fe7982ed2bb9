#include "io/onnx/batch_norm.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace hindcast::io::onnx {
namespace {

using tensor::BatchNorm;

constexpr std::array<std::string_view, 11> kLayers = {
    "Conv",        "ConvTranspose", "Gemm",          "MatMul",        "FusedConv", "FusedGemm",
    "QLinearConv", "ConvInteger",   "QLinearMatMul", "MatMulInteger", "QGemm"};

constexpr std::array<std::string_view, 9> kBetween = {
    "Add",     "Cast",      "Identity",         "Mul",      "QuantizeLinear",
    "Squeeze", "Unsqueeze", "DequantizeLinear", "Transpose"};

}  // namespace

BatchNorm batch_norm_after(const Dataflow& flow, const Operation& layer) {
  constexpr std::size_t kSteps = 6;
  if (std::ranges::find(kLayers, layer.node->op) == kLayers.end() || layer.outputs.empty()) {
    return BatchNorm::unknown;
  }
  std::size_t value = layer.outputs.front();
  for (std::size_t step = 0; step < kSteps && value != kNone; ++step) {
    std::size_t next = kNone;
    for (const Use& use : flow.values()[value].uses) {
      const Operation& operation = flow.operation(use);
      if (operation.node->is("BatchNormalization") && use.input == 0) {
        return BatchNorm::follows;
      }
      const bool goes_on = std::ranges::find(kBetween, operation.node->op) != kBetween.end();
      if (goes_on && next == kNone && !operation.outputs.empty()) {
        next = operation.outputs.front();
      }
    }
    value = next;
  }
  return BatchNorm::absent;
}

}  // namespace hindcast::io::onnx
