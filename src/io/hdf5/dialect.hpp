#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/tensor/tensor_info.hpp"

namespace hindcast::io::hdf5 {

/// What Keras wrote beside the weights.
struct KerasTraces {
  bool has_layer_names = false;
  std::optional<std::string> version;  ///< The attribute `keras_version`.
};

/// Whose naming habits the paths of a file follow.
[[nodiscard]] tensor::Dialect detect_dialect(std::span<const std::string> paths,
                                             const KerasTraces& traces);

/// Does the path lie where frameworks keep the slots of the optimiser?
[[nodiscard]] bool is_optimizer_state(std::string_view path);

/// What reports call the tensors at these paths: without Keras' `model_weights/`, and without a
/// `module.` or `_orig_mod.` that every dotted name starts with. Distinct paths stay distinct.
[[nodiscard]] std::vector<std::string> report_names(std::span<const std::string> paths);

}  // namespace hindcast::io::hdf5
