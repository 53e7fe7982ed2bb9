#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "hindcast/io/checkpoint.hpp"

namespace hindcast::io::hdf5 {

/// What a stored model configuration says about a layer.
struct LayerConfig {
  std::string class_name;   ///< "Conv2D"; that of the wrapped layer for a wrapper.
  std::string data_format;  ///< Keras 1 `dim_ordering`, "th" or "tf"; else empty.
};

/// The layers in a Keras `model_config`.
class ModelConfig {
 public:
  ModelConfig() = default;

  /// Throws Error{malformed} where `model_config` is not JSON and Error{limit_exceeded} where its
  /// models are nested deeper than groups may be. What is not a layer is ignored.
  explicit ModelConfig(std::string_view model_config, const Limits& limits);

  /// The layer that a weight belongs to, by the entry of `layer_names` it stands in and its own
  /// name. Weights of a model within the model carry the name of their inner layer:
  /// "inner/kernel:0" in the group of the inner model. Empty where nothing is known.
  [[nodiscard]] LayerConfig find(std::string_view layer, std::string_view weight) const;

 private:
  using ByName = std::map<std::string, LayerConfig, std::less<>>;

  struct OuterLayer {
    LayerConfig config;
    bool is_model = false;
    ByName inner;  // All layers of the model at any depth.
  };

  std::map<std::string, OuterLayer, std::less<>> layers_;
};

}  // namespace hindcast::io::hdf5
