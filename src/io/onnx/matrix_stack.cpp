#include "io/onnx/matrix_stack.hpp"

#include <utility>
#include <vector>

#include "io/onnx/consumers.hpp"

namespace hindcast::io::onnx {
namespace {

// What a transposition does to the last two axes.
enum class Last { kept, swapped, lost };

Last last_axes_after(const Node& transpose) {
  const std::vector<std::int64_t>& permutation = transpose.attribute("perm").integers;
  const auto rank = static_cast<std::int64_t>(permutation.size());
  if (rank < 2) {
    return Last::lost;
  }
  const auto end = std::pair(permutation[permutation.size() - 2], permutation.back());
  if (end == std::pair(rank - 2, rank - 1)) {
    return Last::kept;
  }
  return end == std::pair(rank - 1, rank - 2) ? Last::swapped : Last::lost;
}

}  // namespace

std::optional<MatrixStack> matrix_stack(const Dataflow& flow, Use use, std::size_t rank) {
  constexpr std::size_t kSteps = 6;
  const Operation& gather = flow.operation(use);
  if (!gather.node->is("Gather") || use.input != 0 || rank != 3 || gather.outputs.empty() ||
      gather.node->attribute("axis").integer.value_or(0) != 0) {
    return std::nullopt;
  }
  bool swapped = false;
  std::size_t value = gather.outputs.front();
  for (std::size_t step = 0; step < kSteps && value != kNone; ++step) {
    if (flow.values()[value].uses.empty()) {
      return std::nullopt;
    }
    const Use next = flow.values()[value].uses.front();
    const Operation& operation = flow.operation(next);
    const Node& node = *operation.node;
    if (node.is("MatMul") || node.is("Gemm")) {
      const auto purpose = purpose_of(node, next.input, 2);
      if (!purpose || purpose->letters.size() != 2) {
        return std::nullopt;
      }
      return MatrixStack{.use = next,
                         .letters = (purpose->letters == "IO") != swapped ? "EIO" : "EOI"};
    }
    if (node.is("Transpose")) {
      const Last last = last_axes_after(node);
      if (last == Last::lost) {
        return std::nullopt;
      }
      swapped = swapped != (last == Last::swapped);
    } else if (!node.is("Identity") && !node.is("Cast") && !node.is("Squeeze") &&
               !node.is("Unsqueeze")) {
      return std::nullopt;
    }
    value = operation.outputs.empty() ? kNone : operation.outputs.front();
  }
  return std::nullopt;
}

}  // namespace hindcast::io::onnx
