#pragma once

#include <cstdint>
#include <optional>

#include "hindcast/tensor/tensor_info.hpp"

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// The three equal parts that a graph cuts the `outputs` results of a matrix product into, by
/// Split or Slice: query, key and value where a softmax follows, else only numbered. Nothing where
/// the graph shows no such cut.
[[nodiscard]] std::optional<tensor::FusedParts> fused_projection(const Dataflow& flow, Use use,
                                                                 std::uint64_t outputs);

}  // namespace hindcast::io::onnx
