#pragma once

#include <string_view>

namespace hindcast::tensor {

/// What a tensor is for in its network.
enum class Role {
  weight,           ///< A trained matrix or convolution kernel: what hindcast analyses.
  bias,             ///< A trained offset.
  normalisation,    ///< A trained scale or shift of a normalisation layer.
  statistics,       ///< Running means and variances: kept by the layer, not trained.
  optimizer_state,  ///< Momentum and other slots of the optimiser.
  other,            ///< Counters, seeds, masks, strings: not trained.
};

/// As in reports: "weight", "optimizer_state".
[[nodiscard]] std::string_view name(Role role) noexcept;

/// What kind of layer a weight belongs to.
enum class LayerKind {
  conv,       ///< A convolution of any number of dimensions.
  linear,     ///< A matrix.
  embedding,  ///< A matrix of which a row is looked up.
  recurrent,  ///< The gates of an LSTM or GRU, or the matrix of a plain recurrent layer.
  other,      ///< None of these, or the file does not tell.
};

/// As in reports: "conv", "linear".
[[nodiscard]] std::string_view name(LayerKind kind) noexcept;

}  // namespace hindcast::tensor
