#pragma once

#include <string>
#include <vector>

#include "io/container/pickle.hpp"
#include "io/torch/tree.hpp"

namespace hindcast::io::torch {

/// A dict on the way to the weights, the outermost first.
struct Level {
  pickle::Index value = 0;
  std::string prefix;  ///< The keys that lead to it, each with its dot: "checkpoint.model."
};

/// The way from the top of a checkpoint to its weights: the last level holds them.
[[nodiscard]] std::vector<Level> way_to_weights(const pickle::Graph& graph, const Tree& tree);

/// What lies under this key of the weights' own dict: weights, unless it is a container of training
/// state or of what is no part of the model.
[[nodiscard]] Use use_beneath_weights(std::string_view key, bool is_tensor);

/// What lies under this key beside the one that leads to the weights: training state, a copy of the
/// weights, what is no part of the model, or weights of another part.
[[nodiscard]] Use use_beside_weights(std::string_view key, bool is_tensor);

}  // namespace hindcast::io::torch
