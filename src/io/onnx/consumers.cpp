// What the operators of ONNX, and those of ONNX Runtime that exporters write, take their inputs
// for: https://onnx.ai/onnx/operators/ and
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
//
// O is what a weight puts out, I what feeds it, D H W are positions of a kernel, E matrices of a
// stack.

#include "io/onnx/consumers.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace hindcast::io::onnx {
namespace {

using tensor::LayerKind;
using tensor::Role;

enum class Axes {
  none,
  conv,            // O I and the kernel.
  conv_transpose,  // I O and the kernel.
  left,            // (..., M, K) of a product: rows are outputs.
  right,           // (..., K, N) of a product: columns are outputs.
  gemm_left,       // As `left`, after transA.
  gemm_right,      // As `right`, after transB.
  embedding,       // Rows are tokens.
  recurrent,       // (directions, gates x hidden, in)
};

struct Entry {
  std::string_view op;
  std::size_t input = 0;
  Role role = Role::other;
  Axes axes = Axes::none;
  std::string_view part = {};
};

constexpr Entry weight(std::string_view op, std::size_t input, Axes axes,
                       std::string_view part = "weight") {
  return {op, input, Role::weight, axes, part};
}

constexpr Entry bias(std::string_view op, std::size_t input) {
  return {op, input, Role::bias, Axes::none, "bias"};
}

constexpr Entry scale(std::string_view op, std::size_t input) {
  return {op, input, Role::normalisation, Axes::none, "weight"};
}

constexpr Entry shift(std::string_view op, std::size_t input) {
  return {op, input, Role::normalisation, Axes::none, "bias"};
}

constexpr Entry statistic(std::string_view op, std::size_t input, std::string_view part) {
  return {op, input, Role::statistics, Axes::none, part};
}

constexpr std::array kEntries = {
    weight("Conv", 1, Axes::conv),
    bias("Conv", 2),
    weight("FusedConv", 1, Axes::conv),
    bias("FusedConv", 2),
    weight("ConvInteger", 1, Axes::conv),
    weight("QLinearConv", 3, Axes::conv),
    bias("QLinearConv", 8),
    weight("DeformConv", 1, Axes::conv),
    bias("DeformConv", 3),
    weight("ConvTranspose", 1, Axes::conv_transpose),
    bias("ConvTranspose", 2),
    weight("Gemm", 0, Axes::gemm_left),
    weight("Gemm", 1, Axes::gemm_right),
    bias("Gemm", 2),
    weight("FusedGemm", 1, Axes::gemm_right),
    bias("FusedGemm", 2),
    weight("QGemm", 3, Axes::gemm_right),
    bias("QGemm", 6),
    weight("MatMul", 0, Axes::left),
    weight("MatMul", 1, Axes::right),
    weight("FusedMatMul", 0, Axes::gemm_left),
    weight("FusedMatMul", 1, Axes::gemm_right),
    weight("MatMulInteger", 0, Axes::left),
    weight("MatMulInteger", 1, Axes::right),
    weight("QLinearMatMul", 0, Axes::left),
    weight("QLinearMatMul", 3, Axes::right),
    weight("MatMulIntegerToFloat", 1, Axes::right),
    bias("MatMulIntegerToFloat", 6),
    weight("DynamicQuantizeMatMul", 1, Axes::right),
    bias("DynamicQuantizeMatMul", 4),
    weight("MatMulNBits", 1, Axes::none),
    weight("com.microsoft.Attention", 1, Axes::right),
    bias("com.microsoft.Attention", 2),
    weight("Gather", 0, Axes::embedding),
    weight("EmbedLayerNormalization", 2, Axes::embedding, "word_embedding.weight"),
    weight("EmbedLayerNormalization", 3, Axes::embedding, "position_embedding.weight"),
    weight("EmbedLayerNormalization", 4, Axes::embedding, "segment_embedding.weight"),
    scale("EmbedLayerNormalization", 5),
    shift("EmbedLayerNormalization", 6),
    weight("LSTM", 1, Axes::recurrent, "weight_ih"),
    weight("LSTM", 2, Axes::recurrent, "weight_hh"),
    bias("LSTM", 3),
    weight("GRU", 1, Axes::recurrent, "weight_ih"),
    weight("GRU", 2, Axes::recurrent, "weight_hh"),
    bias("GRU", 3),
    weight("RNN", 1, Axes::recurrent, "weight_ih"),
    weight("RNN", 2, Axes::recurrent, "weight_hh"),
    bias("RNN", 3),
    scale("BatchNormalization", 1),
    shift("BatchNormalization", 2),
    statistic("BatchNormalization", 3, "running_mean"),
    statistic("BatchNormalization", 4, "running_var"),
    scale("InstanceNormalization", 1),
    shift("InstanceNormalization", 2),
    scale("LayerNormalization", 1),
    shift("LayerNormalization", 2),
    scale("GroupNormalization", 1),
    shift("GroupNormalization", 2),
    scale("RMSNormalization", 1),
    scale("SimplifiedLayerNormalization", 1),
    scale("SkipLayerNormalization", 2),
    shift("SkipLayerNormalization", 3),
    bias("SkipLayerNormalization", 4),
    scale("SkipSimplifiedLayerNormalization", 2),
};

// Operators whose further inputs say how, not with what: shapes, bounds, indices, scales, and the
// states that recurrent layers begin with.
constexpr std::array<std::string_view, 35> kSteered = {"Reshape",
                                                       "Expand",
                                                       "Tile",
                                                       "Slice",
                                                       "Pad",
                                                       "Clip",
                                                       "Resize",
                                                       "Upsample",
                                                       "Pow",
                                                       "TopK",
                                                       "Unsqueeze",
                                                       "Squeeze",
                                                       "Split",
                                                       "Gather",
                                                       "OneHot",
                                                       "CumSum",
                                                       "Dropout",
                                                       "Loop",
                                                       "ReduceMean",
                                                       "ReduceSum",
                                                       "Less",
                                                       "Greater",
                                                       "Equal",
                                                       "QuantizeLinear",
                                                       "DequantizeLinear",
                                                       "QLinearConv",
                                                       "QLinearMatMul",
                                                       "QGemm",
                                                       "ConvInteger",
                                                       "MatMulInteger",
                                                       "GatherElements",
                                                       "NonMaxSuppression",
                                                       "LSTM",
                                                       "GRU",
                                                       "RNN"};

std::string product_letters(std::size_t rank, bool right) {
  if (rank < 2) {
    return "";
  }
  return std::string(rank - 2, 'E') + (right ? "IO" : "OI");  // Each of a stack by itself.
}

std::string letters_of(Axes axes, const Node& node, std::size_t rank) {
  static constexpr std::array<std::string_view, 3> kKernels = {"W", "HW", "DHW"};
  const bool has_kernel = rank >= 3 && rank - 3 < kKernels.size();
  switch (axes) {
    case Axes::none:
      return "";
    case Axes::conv:
      return has_kernel ? "OI" + std::string(kKernels.at(rank - 3)) : "";
    case Axes::conv_transpose:
      return has_kernel ? "IO" + std::string(kKernels.at(rank - 3)) : "";
    case Axes::left:
      return product_letters(rank, false);
    case Axes::right:
      return product_letters(rank, true);
    case Axes::gemm_left:
      return product_letters(rank, node.attribute("transA").integer.value_or(0) != 0);
    case Axes::gemm_right:
      return product_letters(rank, node.attribute("transB").integer.value_or(0) == 0);
    case Axes::embedding:
      return rank == 2 && node.attribute("axis").integer.value_or(0) == 0 ? "OI" : "";
    case Axes::recurrent:
      return rank == 3 ? "OOI" : "";
  }
  return "";
}

LayerKind kind_of(Axes axes) noexcept {
  switch (axes) {
    case Axes::conv:
    case Axes::conv_transpose:
      return LayerKind::conv;
    case Axes::embedding:
      return LayerKind::embedding;
    case Axes::recurrent:
      return LayerKind::recurrent;
    case Axes::none:
    case Axes::left:
    case Axes::right:
    case Axes::gemm_left:
    case Axes::gemm_right:
      break;
  }
  return LayerKind::linear;
}

bool is_entry_for(const Entry& entry, const Node& node, std::size_t input) {
  constexpr std::string_view kContrib = "com.microsoft";
  if (entry.input != input) {
    return false;
  }
  if (entry.op.starts_with(kContrib)) {  // ONNX has another operator of that name.
    return node.domain == kContrib && entry.op.substr(kContrib.size() + 1) == node.op;
  }
  return entry.op == node.op && (node.domain.empty() || node.domain == kContrib);
}

// "bij,jk->bik": an index of the weight that the result keeps counts outputs.
std::optional<Purpose> einsum_purpose(const Node& node, std::size_t input, std::size_t rank) {
  std::string equation(node.attribute("equation").text);
  std::erase(equation, ' ');
  const std::size_t arrow = equation.find("->");
  if (arrow == std::string::npos || equation.find('.') != std::string::npos) {
    return std::nullopt;
  }
  const std::string result = equation.substr(arrow + 2);
  const auto terms = split(std::string_view(equation).substr(0, arrow), ',');
  if (terms.size() != 2 || input >= terms.size() || terms[input].size() != rank) {
    return std::nullopt;
  }
  std::string letters;
  for (const char index : terms[input]) {
    letters += result.find(index) == std::string::npos ? 'I' : 'O';
  }
  if (letters.find('I') == std::string::npos || letters.find('O') == std::string::npos) {
    return std::nullopt;  // No sum, or nothing but a sum.
  }
  return Purpose{
      .role = Role::weight, .kind = LayerKind::linear, .letters = letters, .part = "weight"};
}

}  // namespace

std::optional<Purpose> purpose_of(const Node& node, std::size_t input, std::size_t rank) {
  const auto matches = [&](const Entry& entry) { return is_entry_for(entry, node, input); };
  if (const auto* const entry = std::ranges::find_if(kEntries, matches); entry != kEntries.end()) {
    Purpose purpose{.role = entry->role,
                    .kind = kind_of(entry->axes),
                    .letters = letters_of(entry->axes, node, rank),
                    .part = entry->part};
    if (entry->axes == Axes::embedding && purpose.letters.empty()) {
      return std::nullopt;  // Gathering from anything else is indexing.
    }
    return purpose;
  }
  if (node.is("Einsum")) {
    return einsum_purpose(node, input, rank);
  }
  if (input > 0 && std::ranges::find(kSteered, node.op) != kSteered.end()) {
    return Purpose{};
  }
  return std::nullopt;
}

std::optional<QuantisedInput> quantised_input(const Node& node, std::size_t input) {
  if ((node.op == "QLinearConv" || node.op == "QGemm") && input == 3) {
    return QuantisedInput{.scale = 4, .zero_point = 5};
  }
  if (node.op == "QLinearMatMul" && (input == 0 || input == 3)) {
    return QuantisedInput{.scale = input + 1, .zero_point = input + 2};
  }
  if (node.op == "DynamicQuantizeMatMul" && input == 1) {
    return QuantisedInput{.scale = 2, .zero_point = 3};
  }
  if (node.op == "MatMulIntegerToFloat" && input == 1) {
    return QuantisedInput{.scale = 3, .zero_point = 5};
  }
  return std::nullopt;
}

std::optional<std::size_t> integer_zero_point(const Node& node, std::size_t input) {
  const bool integer_product = node.is("MatMulInteger") || node.is("ConvInteger");
  if (!integer_product || input > 1) {
    return std::nullopt;
  }
  return input + 2;
}

}  // namespace hindcast::io::onnx
