#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "hindcast/tensor/role.hpp"

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// What an operator takes an input for.
struct Purpose {
  tensor::Role role = tensor::Role::other;
  tensor::LayerKind kind = tensor::LayerKind::other;
  std::string letters = {};    ///< The layout of a weight, one letter an axis; or empty.
  std::string_view part = {};  ///< What a state dict would call it: "weight", "bias", ...
};

/// What an operator with a fixed meaning for each input takes input `input` for, where the value
/// there has `rank` axes. Nothing for operators without such a meaning (Add, Mul, the unknown).
[[nodiscard]] std::optional<Purpose> purpose_of(const Node& node, std::size_t input,
                                                std::size_t rank);

/// Where a quantised operator finds the scale and zero point of the weight it takes at `input`.
struct QuantisedInput {
  std::size_t scale = 0;
  std::size_t zero_point = 0;
};

/// For operators that take integers with their scale, one for all or one an output.
/// DequantizeLinear, which says which axis, is not among them.
[[nodiscard]] std::optional<QuantisedInput> quantised_input(const Node& node, std::size_t input);

/// For operators that take integers with a zero point and leave the scale to what follows:
/// the input of the zero point.
[[nodiscard]] std::optional<std::size_t> integer_zero_point(const Node& node, std::size_t input);

}  // namespace hindcast::io::onnx
