#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tensor/roles/verdict.hpp"

namespace hindcast::tensor::roles {

/// Keras layer classes that keep the same variables in the same order.
enum class Family {
  none,
  dense,
  conv,
  conv_transpose,
  depthwise_conv,
  separable_conv,
  conv_recurrent,
  recurrent,
  embedding,
  attention,
  einsum,
  batch_norm,
  norm,
  statistics,
  prelu,
};

/// What one variable of a Keras layer is.
enum class Part {
  kernel,
  matrix,  ///< Keras 1 `W`: the kernel of whatever class it belongs to.
  recurrent_kernel,
  depthwise_kernel,
  pointwise_kernel,
  embeddings,
  attention_in,   ///< Projection onto queries, keys or values: (in, heads, size).
  attention_out,  ///< Projection back: (heads, size, out).
  bias,
  scale_or_shift,
  statistics,
  slope,  ///< PReLU's alpha.
  untrained,
  unknown,
};

/// A layer's family and the evidence it rests on.
struct KerasLayer {
  Family family = Family::none;
  std::string evidence = {};  ///< "layer class Conv2D in model_config"; empty if there is none.
};

/// From a class name ("Conv2D", "my_package>Conv2D") or the name Keras derives from it
/// ("conv2d_3").
[[nodiscard]] Family family_of(std::string_view class_or_name);

/// From the stored configuration, where there is one and it is of use.
[[nodiscard]] KerasLayer layer_from_config(const TensorInfo& tensor);

/// The verdict on a variable once it is known what part of which layer it is. The reason is the
/// layer's evidence, or `fallback` where there is none.
[[nodiscard]] Verdict judge(const Subject& subject, const KerasLayer& layer, Part part,
                            const std::string& fallback);

}  // namespace hindcast::tensor::roles
