#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"
#include "hindcast/tensor/tensor_info.hpp"

#include "io/container/pickle.hpp"
#include "io/torch/elements.hpp"
#include "io/torch/tensor_reader.hpp"

namespace hindcast::io::torch {

/// One pickle of a checkpoint and where its tensors' bytes are.
struct PickledPart {
  pickle::Graph graph;
  std::string where;   ///< For problems: "data.pkl".
  std::string prefix;  ///< Of its tensors' paths; empty for the main one.
  FindStorage find_storage;
  std::endian order = std::endian::little;
};

/// The table of contents of a PyTorch checkpoint.
struct Contents {
  std::vector<tensor::TensorInfo> tensors;    ///< The weights first, each part in pickle order.
  std::vector<std::optional<Values>> values;  ///< Of each tensor; absent where it is unreadable.
  std::vector<Problem> problems;
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
};

/// Finds the tensors of a checkpoint, decides which of them are its weights, and names them.
///
/// The weights are what lies under the first of `state_dict`, `model_state_dict`, `model`,
/// `module`,
/// ... that holds tensors, or everything if none does. Optimiser state and copies of the weights
/// (moving averages) are listed after them, marked as not to be analysed. Names leave out the keys
/// that lead to the weights; paths keep them.
///
/// Throws Error{unsupported} where there are no tensors, and what TensorReader throws.
[[nodiscard]] Contents read_contents(std::vector<PickledPart> parts, const Limits& limits);

}  // namespace hindcast::io::torch
