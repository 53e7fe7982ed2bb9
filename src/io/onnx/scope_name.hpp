#pragma once

#include <string>
#include <string_view>

namespace hindcast::io::onnx {

/// Is this a name that an exporter made up ("onnx::MatMul_123", "487",
/// "/stft/Constant_22_output_0") and may number differently the next time?
[[nodiscard]] bool is_anonymous(std::string_view name);

/// The name without the "_quantized" that quantisers add.
[[nodiscard]] std::string_view without_quantised(std::string_view name) noexcept;

/// The module that a node belongs to, as a state dict would spell it: "layer1.0.conv1" for
/// "/layer1/layer1.0/conv1/Conv". A name without a path is kept: "Conv_12".
[[nodiscard]] std::string scope_of(std::string_view node_name);

/// The last part of a node's name: "Conv" for "/layer1/layer1.0/conv1/Conv".
[[nodiscard]] std::string_view leaf_of(std::string_view node_name);

}  // namespace hindcast::io::onnx
