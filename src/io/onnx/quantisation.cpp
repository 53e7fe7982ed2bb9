// Integers with scale and zero point:
// https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html
//
//   weight = (q - zero_point) * scale
//
// One scale for the tensor, one for each position of an axis, or one for each block of positions.
// MatMulInteger and ConvInteger have no scale of their own: their result is cast and multiplied,
// as ONNX Runtime's dynamic quantisation writes it, by (scale of the input) x (scale of the
// weight).

#include "io/onnx/quantisation.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/checked.hpp"
#include "base/text.hpp"
#include "io/onnx/tensor_values.hpp"

namespace hindcast::io::onnx {
namespace {

std::uint64_t count_of(const Dataflow& flow, std::size_t constant) {
  return flow.constants()[constant].tensor.values.count;
}

std::size_t constant_at(const Dataflow& flow, const Operation& operation, std::size_t input) {
  if (input >= operation.inputs.size() || operation.inputs[input] == kNone) {
    return kNone;
  }
  return flow.values()[operation.inputs[input]].tensor;
}

bool is_left_out(const Operation& operation, std::size_t input) {
  return input >= operation.inputs.size() || operation.inputs[input] == kNone;
}

bool is_plain(const StoredTensor& tensor) {
  return !tensor.indices && tensor.values.unreadable.empty() &&
         tensor::is_real(tensor.values.type.dtype);
}

// A scale is a stored list of floating-point numbers, a zero point one for all or one a scale.
bool is_usable(const Dataflow& flow, const Quantisation& quantisation) {
  const StoredTensor& scale = flow.constants()[quantisation.scale].tensor;
  if (!is_plain(scale) || scale.values.count == 0 ||
      !tensor::is_floating_point(scale.values.type.dtype)) {
    return false;
  }
  if (quantisation.zero_point == kNone) {
    return true;
  }
  const StoredTensor& zero_point = flow.constants()[quantisation.zero_point].tensor;
  return is_plain(zero_point) &&
         (zero_point.values.count == 1 || zero_point.values.count == scale.values.count);
}

// The output axis that has one position for each scale.
std::optional<std::size_t> output_axis(const IntegerWeight& weight, std::uint64_t scales) {
  for (std::size_t i = 0; i < weight.letters.size(); ++i) {
    if (weight.letters[i] == 'O' && weight.tensor.shape[i] == scales) {
      return i;
    }
  }
  return std::nullopt;
}

std::optional<Quantisation> by_output(const Dataflow& flow, const IntegerWeight& weight,
                                      Quantisation quantisation) {
  const std::uint64_t scales = count_of(flow, quantisation.scale);
  if (scales != 1) {
    quantisation.axis = output_axis(weight, scales);
    if (!quantisation.axis) {
      return std::nullopt;
    }
  }
  return is_usable(flow, quantisation) ? std::optional(quantisation) : std::nullopt;
}

// The scale that a value is made of: the only floating-point constant in a product.
class ScaleSearch {
 public:
  explicit ScaleSearch(const Dataflow& flow) : flow_(flow) {}

  void visit(std::size_t value, std::size_t steps) {
    if (value == kNone || steps == 0) {
      return;
    }
    if (const std::size_t tensor = flow_.values()[value].tensor; tensor != kNone) {
      found_.push_back(tensor);
      return;
    }
    const std::size_t producer = flow_.values()[value].producer;
    if (producer == kNone) {
      return;
    }
    const Operation& operation = flow_.operations()[producer];
    const bool product = operation.node->is("Mul") && operation.inputs.size() == 2;
    const bool moves = operation.node->is("Cast") || operation.node->is("Identity") ||
                       operation.node->is("Reshape") || operation.node->is("Unsqueeze") ||
                       operation.node->is("Squeeze");
    for (std::size_t i = 0; i < operation.inputs.size() && (product || (moves && i == 0)); ++i) {
      visit(operation.inputs[i], steps - 1);
    }
  }

  [[nodiscard]] std::size_t only() const { return found_.size() == 1 ? found_.front() : kNone; }

 private:
  const Dataflow& flow_;
  std::vector<std::size_t> found_;
};

// What the result of an integer product is multiplied by, after casts.
std::size_t following_scale(const Dataflow& flow, const Operation& product) {
  constexpr std::size_t kSteps = 4;
  std::size_t value = product.outputs.empty() ? kNone : product.outputs.front();
  for (std::size_t step = 0; step < kSteps && value != kNone; ++step) {
    const Value& result = flow.values()[value];
    if (result.uses.size() != 1) {
      return kNone;
    }
    const Use use = result.uses.front();
    const Operation& next = flow.operation(use);
    if (next.node->is("Mul") && next.inputs.size() == 2) {
      ScaleSearch search(flow);
      search.visit(next.inputs[1 - use.input], kSteps);
      return search.only();
    }
    if (!next.node->is("Cast") && !next.node->is("Identity")) {
      return kNone;
    }
    value = next.outputs.empty() ? kNone : next.outputs.front();
  }
  return kNone;
}

// One scale for each block of an axis: the scales have the shape of the weight, divided there.
bool has_block_shape(const StoredTensor& scale, const StoredTensor& tensor, std::size_t axis,
                     std::uint64_t block) {
  if (scale.shape.size() != tensor.shape.size()) {
    return false;
  }
  for (std::size_t i = 0; i < scale.shape.size(); ++i) {
    const std::uint64_t extent = tensor.shape[i];
    const std::uint64_t blocks = extent / block + (extent % block == 0 ? 0 : 1);
    if (scale.shape[i] != (i == axis ? blocks : extent)) {
      return false;
    }
  }
  return true;
}

const StoredTensor* dequantised_tensor(const Dataflow& flow, const Operation& operation) {
  const Constant* const direct = flow.constant_input(operation, 0);
  return direct == nullptr ? nullptr : &direct->tensor;
}

std::vector<double> values_of(const Constant& constant) {
  std::vector<double> values(static_cast<std::size_t>(constant.tensor.values.count));
  read_values(constant.tensor, values);
  return values;
}

// Which scale each element in row-major order takes.
class ScaleIndex {
 public:
  ScaleIndex(const Quantisation& quantisation, std::span<const std::uint64_t> shape) {
    if (!quantisation.axis) {
      return;
    }
    inner_ = element_count(shape.subspan(*quantisation.axis + 1));
    extent_ = shape[*quantisation.axis];
    blocked_ = quantisation.block > 0;
    block_ = blocked_ ? quantisation.block : 1;
    blocks_ = extent_ / block_ + (extent_ % block_ == 0 ? 0 : 1);
  }

  [[nodiscard]] std::size_t of(std::size_t element) const noexcept {
    const std::uint64_t along = element / inner_ % extent_ / block_;
    const std::uint64_t before = element / inner_ / extent_;
    return static_cast<std::size_t>(
        blocked_ ? (before * blocks_ + along) * inner_ + element % inner_ : along);
  }

 private:
  std::uint64_t inner_ = 1;
  std::uint64_t extent_ = 1;
  std::uint64_t block_ = 1;
  std::uint64_t blocks_ = 1;
  bool blocked_ = false;
};

}  // namespace

std::optional<Quantisation> from_dequantize_linear(const Dataflow& flow, const Operation& operation,
                                                   const TracedAxes& axes) {
  Quantisation quantisation{.scale = constant_at(flow, operation, 1),
                            .zero_point = constant_at(flow, operation, 2)};
  if (quantisation.scale == kNone ||
      (quantisation.zero_point == kNone && !is_left_out(operation, 2)) ||
      !is_usable(flow, quantisation)) {
    return std::nullopt;
  }
  const std::uint64_t scales = count_of(flow, quantisation.scale);
  const std::int64_t block = operation.node->attribute("block_size").integer.value_or(0);
  if (scales == 1 && block == 0) {
    return quantisation;
  }
  quantisation.axis = axes.stored_axis(operation.node->attribute("axis").integer.value_or(1));
  const StoredTensor* const tensor = dequantised_tensor(flow, operation);
  if (!quantisation.axis || block < 0) {
    return std::nullopt;
  }
  if (block == 0) {
    return axes.stored_extent(*quantisation.axis) == scales ? std::optional(quantisation)
                                                            : std::nullopt;
  }
  quantisation.block = static_cast<std::uint64_t>(block);
  const bool fits =
      tensor != nullptr && has_block_shape(flow.constants()[quantisation.scale].tensor, *tensor,
                                           *quantisation.axis, quantisation.block);
  return fits ? std::optional(quantisation) : std::nullopt;
}

std::string misfit(const Dataflow& flow, const Operation& dequantize_linear) {
  const Constant* const scale = flow.constant_input(dequantize_linear, 1);
  const Constant* const zero_point = flow.constant_input(dequantize_linear, 2);
  if (scale == nullptr || (zero_point == nullptr && !is_left_out(dequantize_linear, 2))) {
    return "its scale or zero point is computed in the graph";
  }
  if (!is_plain(scale->tensor) || !tensor::is_floating_point(scale->tensor.values.type.dtype)) {
    return fmt::format("its scale '{}' cannot be read as floating-point numbers",
                       printable(scale->path));
  }
  if (zero_point != nullptr && zero_point->tensor.values.count != 1 &&
      zero_point->tensor.values.count != scale->tensor.values.count) {
    return fmt::format("zero point '{}' has {} values for {} scales", printable(zero_point->path),
                       zero_point->tensor.values.count, scale->tensor.values.count);
  }
  return fmt::format("scale '{}' of shape ({}) does not fit axis {}{}", printable(scale->path),
                     join(scale->tensor.shape, ", "),
                     dequantize_linear.node->attribute("axis").integer.value_or(1),
                     dequantize_linear.node->has_attribute("block_size") ? " in blocks" : "");
}

std::optional<Quantisation> from_consumer(const Dataflow& flow, const IntegerWeight& weight) {
  const Operation& operation = flow.operation(weight.use);
  Quantisation quantisation;
  std::size_t zero_point = 0;
  if (const auto own = quantised_input(*operation.node, weight.use.input)) {
    quantisation.scale = constant_at(flow, operation, own->scale);
    zero_point = own->zero_point;
  } else if (const auto integer = integer_zero_point(*operation.node, weight.use.input)) {
    quantisation.scale = following_scale(flow, operation);
    zero_point = *integer;
  }
  quantisation.zero_point = constant_at(flow, operation, zero_point);
  if (quantisation.scale == kNone ||
      (quantisation.zero_point == kNone && !is_left_out(operation, zero_point))) {
    return std::nullopt;
  }
  return by_output(flow, weight, quantisation);
}

void dequantise(const Quantisation& quantisation, std::span<const Constant> constants,
                std::span<const std::uint64_t> shape, std::span<double> values) {
  const std::vector<double> scale = values_of(constants[quantisation.scale]);
  std::vector<double> zero_point(scale.size(), 0.0);
  if (quantisation.zero_point != kNone) {
    zero_point = values_of(constants[quantisation.zero_point]);
    zero_point.resize(scale.size(), zero_point.front());
  }
  const ScaleIndex index(quantisation, shape);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at = quantisation.axis ? index.of(i) : 0;
    values[i] = (values[i] - zero_point[at]) * scale[at];
  }
}

}  // namespace hindcast::io::onnx
