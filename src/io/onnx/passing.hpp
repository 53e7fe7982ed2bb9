#pragma once

#include <optional>

#include "io/onnx/dataflow.hpp"
#include "io/onnx/traced_axes.hpp"

namespace hindcast::io::onnx {

/// Does the operator give on what it takes at this input, moved, cast, scaled, cut or joined, so
/// that a constant that goes in is still the same parameter when it comes out?
[[nodiscard]] bool passes_on(const Node& node, std::size_t input);

/// The axes of what comes out of such an operator; nothing where they cannot be followed.
[[nodiscard]] std::optional<TracedAxes> axes_after(const Dataflow& flow, const Operation& operation,
                                                   const TracedAxes& axes);

}  // namespace hindcast::io::onnx
