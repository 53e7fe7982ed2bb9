#pragma once

#include "hindcast/tensor/tensor_info.hpp"

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// Does what a layer puts out go into a BatchNormalization, perhaps after its bias is added?
/// `unknown` for operations that exporters fold no batch normalisation into.
[[nodiscard]] tensor::BatchNorm batch_norm_after(const Dataflow& flow, const Operation& layer);

}  // namespace hindcast::io::onnx
