// Query, key and value of an attention layer as one matrix product whose result is cut in three.
// PyTorch's exporter writes the bounds of its slices as arithmetic on the shape, which is worked
// out here.

#include "io/onnx/fused_projection.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace hindcast::io::onnx {
namespace {

constexpr std::size_t kParts = 3;

std::size_t result_of(const Operation& operation) {
  return operation.outputs.empty() ? kNone : operation.outputs.front();
}

// Whole numbers that depend on nothing but the last extent of one value.
class Arithmetic {
 public:
  Arithmetic(const Dataflow& flow, std::size_t measured, std::int64_t extent)
      : flow_(flow), measured_(measured), extent_(extent) {}

  [[nodiscard]] std::optional<std::int64_t> number(std::size_t value, std::size_t steps = 8) const {
    if (value == kNone || steps == 0) {
      return std::nullopt;
    }
    const Value& known = flow_.values()[value];
    if (known.tensor != kNone) {
      const auto& integers = flow_.constants()[known.tensor].integers;
      return integers && integers->size() == 1 ? std::optional(integers->front()) : std::nullopt;
    }
    if (known.producer == kNone) {
      return std::nullopt;
    }
    const Operation& operation = flow_.operations()[known.producer];
    if (operation.inputs.empty()) {
      return std::nullopt;
    }
    const Node& node = *operation.node;
    if (node.is("Gather")) {
      return gathered(operation, steps);
    }
    if (node.is("Cast") || node.is("Identity") || node.is("Squeeze") || node.is("Unsqueeze")) {
      return number(operation.inputs.front(), steps - 1);
    }
    if (operation.inputs.size() != 2) {
      return std::nullopt;
    }
    const auto a = number(operation.inputs[0], steps - 1);
    const auto b = number(operation.inputs[1], steps - 1);
    return a && b ? combined(node, *a, *b) : std::nullopt;
  }

 private:
  // The last extent, by its index from behind: the rank is not known.
  [[nodiscard]] std::optional<std::int64_t> gathered(const Operation& gather,
                                                     std::size_t steps) const {
    const std::size_t shape = gather.inputs.front();
    const std::size_t producer = shape == kNone ? kNone : flow_.values()[shape].producer;
    if (producer == kNone || gather.inputs.size() != 2 ||
        !flow_.operations()[producer].node->is("Shape") ||
        flow_.operations()[producer].inputs.front() != measured_ ||
        number(gather.inputs[1], steps - 1) != -1) {
      return std::nullopt;
    }
    return extent_;
  }

  static std::optional<std::int64_t> combined(const Node& node, std::int64_t a, std::int64_t b) {
    constexpr std::int64_t kLarge = std::int64_t{1} << 31U;
    if (a < -kLarge || a > kLarge || b < -kLarge || b > kLarge) {
      return std::nullopt;
    }
    if (node.is("Add")) {
      return a + b;
    }
    if (node.is("Sub")) {
      return a - b;
    }
    if (node.is("Mul")) {
      return a * b;
    }
    return node.is("Div") && b > 0 && a >= 0 ? std::optional(a / b) : std::nullopt;
  }

  const Dataflow& flow_;
  std::size_t measured_;
  std::int64_t extent_;
};

bool splits_in_three(const Dataflow& flow, const Operation& split, std::int64_t part) {
  if (split.outputs.size() != kParts || split.node->attribute("axis").integer.value_or(0) == 0) {
    return false;
  }
  std::vector<std::int64_t> sizes = split.node->attribute("split").integers;
  if (split.inputs.size() > 1 && split.inputs[1] != kNone) {
    sizes = flow.integer_input(split, 1).value_or(std::vector<std::int64_t>{0});
  }
  return std::ranges::all_of(sizes, [part](std::int64_t size) { return size == part; });
}

// The part that a slice of the last axis takes, if it is one of the three.
std::optional<std::size_t> slice_part(const Dataflow& flow, const Operation& slice,
                                      std::int64_t extent) {
  const std::size_t sliced = slice.inputs.front();
  const auto input = [&](std::size_t i) {
    return i < slice.inputs.size() ? slice.inputs[i] : kNone;
  };
  const Arithmetic arithmetic(flow, sliced, extent);
  const auto attribute = [&](std::string_view name) -> std::optional<std::int64_t> {
    const auto& integers = slice.node->attribute(name).integers;
    return integers.size() == 1 ? std::optional(integers.front()) : std::nullopt;
  };
  const bool old = slice.node->has_attribute("starts");
  const auto begin = old ? attribute("starts") : arithmetic.number(input(1));
  const auto end = old ? attribute("ends") : arithmetic.number(input(2));
  const auto axis = old ? attribute("axes") : arithmetic.number(input(3));
  const auto step =
      input(4) == kNone ? std::optional<std::int64_t>(1) : arithmetic.number(input(4));
  const std::int64_t part = extent / static_cast<std::int64_t>(kParts);
  if (!begin || !end || !axis || *axis == 0 || step != 1 || *begin < 0 || *begin % part != 0) {
    return std::nullopt;
  }
  const bool to_the_end = *begin == 2 * part && *end >= extent;
  return *end - *begin == part || to_the_end
             ? std::optional(static_cast<std::size_t>(*begin / part))
             : std::nullopt;
}

// Does a softmax follow, before anything that attention does not do?
bool leads_to_softmax(const Dataflow& flow, std::vector<std::size_t> values) {
  static constexpr std::array<std::string_view, 13> kOnTheWay = {
      "Reshape", "Transpose", "Mul",   "Div",  "MatMul",   "Add",  "Cast",
      "Squeeze", "Unsqueeze", "Where", "Sqrt", "Identity", "Slice"};
  constexpr std::size_t kMostUses = 128;
  std::unordered_set<std::size_t> seen(values.begin(), values.end());
  std::size_t uses = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (const Use& use : flow.values()[values[i]].uses) {
      const Operation& operation = flow.operation(use);
      if (operation.node->is("Softmax")) {
        return true;
      }
      const bool goes_on = std::ranges::find(kOnTheWay, operation.node->op) != kOnTheWay.end();
      const std::size_t result = result_of(operation);
      if (++uses > kMostUses) {
        return false;
      }
      if (goes_on && result != kNone && seen.insert(result).second) {
        values.push_back(result);
      }
    }
  }
  return false;
}

tensor::FusedParts named(bool attention) {
  if (attention) {
    return {.names = {"q", "k", "v"}, .obstacle = {}};
  }
  return {.names = {"0", "1", "2"}, .obstacle = {}};
}

}  // namespace

std::optional<tensor::FusedParts> fused_projection(const Dataflow& flow, Use use,
                                                   std::uint64_t outputs) {
  constexpr std::size_t kSteps = 4;
  if (outputs == 0 || outputs % kParts != 0 || outputs > (std::uint64_t{1} << 31U)) {
    return std::nullopt;
  }
  const auto extent = static_cast<std::int64_t>(outputs);
  std::size_t value = result_of(flow.operation(use));
  for (std::size_t step = 0; step < kSteps && value != kNone; ++step) {
    std::array<std::size_t, kParts> parts = {kNone, kNone, kNone};
    std::size_t next = kNone;
    for (const Use& taken : flow.values()[value].uses) {
      const Operation& operation = flow.operation(taken);
      const Node& node = *operation.node;
      if (node.is("Split") && splits_in_three(flow, operation, extent / 3)) {
        std::vector<std::size_t> pieces = operation.outputs;
        std::erase(pieces, kNone);
        return named(leads_to_softmax(flow, std::move(pieces)));
      }
      if (node.is("Slice") && taken.input == 0) {
        if (const auto part = slice_part(flow, operation, extent)) {
          parts.at(*part) = result_of(operation);
        }
      }
      if (node.is("Add") || node.is("Cast") || node.is("Identity")) {
        next = result_of(operation);
      }
    }
    if (std::ranges::count(parts, kNone) == 0) {
      return named(leads_to_softmax(flow, {parts.begin(), parts.end()}));
    }
    value = next;
  }
  return std::nullopt;
}

}  // namespace hindcast::io::onnx
