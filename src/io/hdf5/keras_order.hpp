#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/hdf5/handle.hpp"

namespace hindcast::io::hdf5 {

/// One entry of a `weight_names` attribute.
struct KerasWeight {
  std::string layer;  ///< The entry of `layer_names`; empty for weights of no layer.
  std::string name;   ///< Relative to the layer's group: "conv2d_1/kernel:0".
  std::string path;   ///< From the root of the file.
  haddr_t address = HADDR_UNDEF;
};

/// The order in which Keras 1 and 2 write down that the weights belong.
struct KerasOrder {
  std::vector<KerasWeight> weights;
  std::optional<std::string> keras_version;
  std::vector<Problem> problems;  ///< What could not be read, or was not followed.
  std::vector<Problem> broken;    ///< Entries that name nothing, or nothing within their layer.
};

/// Reads `layer_names` and `weight_names` (also split ones) from the root or, in a full model, from
/// `model_weights`; nothing where there are none.
[[nodiscard]] std::optional<KerasOrder> keras_order(hid_t file, const Limits& limits);

}  // namespace hindcast::io::hdf5
