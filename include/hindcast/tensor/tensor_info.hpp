#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/tensor/dtype.hpp"
#include "hindcast/tensor/layout.hpp"
#include "hindcast/tensor/role.hpp"

namespace hindcast::tensor {

/// Whose naming habits a file follows, as far as the file tells.
enum class Dialect {
  unknown,
  pytorch,  ///< Dotted state-dict keys: "layer1.0.conv1.weight".
  keras1,   ///< Keras 1: "convolution2d_1/convolution2d_1_W:0".
  keras2,   ///< Keras 2 and tf.keras: "conv2d_1/conv2d_1/kernel:0".
  keras3,   ///< Keras 3: "layers/conv2d_1/vars/0".
};

/// The layers that share a weight, as far as a format settles that by itself (ONNX graphs).
struct FusedParts {
  std::vector<std::string> names = {};  ///< In stored order along the last output axis.
  std::string obstacle = {};            ///< Why they cannot be told apart, where there are none.
};

/// What a graph shows between a layer and the batch normalisation that may follow it. Folding one
/// into the other changes the weights, so that they say nothing about those before.
enum class BatchNorm {
  unknown,  ///< There is no graph.
  follows,  ///< It is a layer of its own.
  absent,   ///< There is none: it never was, or it was folded in.
  folded,   ///< There is none, and the exporter says that it computed the weights.
};

/// Is it folded into one of two tensors and not into the other, as far as their graphs tell?
[[nodiscard]] bool differ_by_folding(BatchNorm a, BatchNorm b) noexcept;

/// What the file says about a tensor besides its bytes. The classification (see
/// classification.hpp) weighs it; a reader only reports it.
struct Evidence {
  Dialect dialect = Dialect::unknown;  ///< Whose habits its name follows.
  std::string layer_class;             ///< From a stored configuration: "Conv2D"; else empty.
  std::string data_format;             ///< Keras 1 `dim_ordering`, "th" or "tf"; else empty.
  bool optimizer_state = false;        ///< Lies where the format keeps the optimiser's slots.
  std::optional<Layout> layout = {};   ///< Where the format itself settles the axes (ONNX graphs).
  std::string layout_reason;           ///< Why, if `layout` is given.
  std::optional<Role> role = {};       ///< Where the format itself settles what the tensor is for.
  LayerKind kind = LayerKind::other;   ///< Goes with `layout`; `other` where the layout tells it.
  bool dequantised = false;  ///< Stored as integers; read gives them with their scale applied.
  std::optional<FusedParts> fused = {};       ///< Given: the names of tensors say nothing about it.
  BatchNorm batch_norm = BatchNorm::unknown;  ///< What follows the layer.
  std::string note = {};  ///< What else there is to say of it, in words: it ends every reason.
};

/// One entry of a checkpoint's table of contents.
struct TensorInfo {
  std::string path;                  ///< Where it is in the file; unique within the file.
  std::string name;                  ///< What reports and globs call it; equal across checkpoints.
  std::vector<std::string> aliases;  ///< Other paths to the same values (tied weights).
  std::vector<std::uint64_t> shape;  ///< Row-major: the last axis varies fastest.
  DType dtype = DType::other;        ///< As stored; values are read as doubles.
  std::string unreadable;            ///< Why the values cannot be read; empty if they can.
  Evidence evidence;                 ///< What else the file says of it.
};

}  // namespace hindcast::tensor
