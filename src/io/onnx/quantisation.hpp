#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/onnx/dataflow.hpp"
#include "io/onnx/trace.hpp"
#include "io/onnx/traced_axes.hpp"

namespace hindcast::io::onnx {

/// The scale that a DequantizeLinear applies to a value with these axes, or nothing where it is not
/// stored or does not fit.
[[nodiscard]] std::optional<Quantisation> from_dequantize_linear(const Dataflow& flow,
                                                                 const Operation& operation,
                                                                 const TracedAxes& axes);

/// Why there is no such scale.
[[nodiscard]] std::string misfit(const Dataflow& flow, const Operation& dequantize_linear);

/// A weight that goes into an operation as integers: where, and the layout of its stored axes.
struct IntegerWeight {
  const StoredTensor& tensor;
  Use use;
  std::string_view letters;
};

/// The scale that the consuming operation itself has, or that its result is multiplied by.
[[nodiscard]] std::optional<Quantisation> from_consumer(const Dataflow& flow,
                                                        const IntegerWeight& weight);

/// Applies scale and zero point to stored integers, in place. Throws Error.
void dequantise(const Quantisation& quantisation, std::span<const Constant> constants,
                std::span<const std::uint64_t> shape, std::span<double> values);

}  // namespace hindcast::io::onnx
