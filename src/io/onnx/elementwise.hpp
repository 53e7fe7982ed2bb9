#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "hindcast/tensor/role.hpp"

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// A constant that goes into an addition, multiplication or the like.
struct ElementwiseConstant {
  Use use;
  std::size_t long_axes = 0;  ///< Longer than one.
  bool anonymous = false;     ///< Its name was made up by the exporter.
};

struct ElementwiseVerdict {
  std::optional<tensor::Role> role;  ///< Nothing where only its name can tell.
  std::string_view part;             ///< "weight", "bias" or empty.
};

/// Add, Sub, Mul and Div.
[[nodiscard]] bool is_elementwise(const Node& node) noexcept;

/// What such a constant is for: the bias of the layer before, the scale of a normalisation, or a
/// number of somebody's formula.
[[nodiscard]] ElementwiseVerdict judge_elementwise(const Dataflow& flow,
                                                   const ElementwiseConstant& constant);

}  // namespace hindcast::io::onnx
