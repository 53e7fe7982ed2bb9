#pragma once

#include <cstddef>
#include <string_view>

#include "hindcast/tensor/tensor_info.hpp"

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// The gates that a weight of an LSTM, GRU or RNN node holds, in the order of the stored tensor:
/// ONNX's own where the node takes it as it is, another one where the graph slices and joins it
/// first. `use` is the node's input, `letters` the layout of the stored axes.
[[nodiscard]] tensor::FusedParts gates_of(const Dataflow& flow, std::size_t constant, Use use,
                                          std::string_view letters);

}  // namespace hindcast::io::onnx
