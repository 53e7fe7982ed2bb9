#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace hindcast::io::hdf5 {

/// The name by which Keras 3 files an object: "BatchNormalization" as "batch_normalization".
[[nodiscard]] std::string to_snake_case(std::string_view class_name);

/// What the configuration of a Keras 3 model says about an object in its weights file.
struct ConfiguredObject {
  std::size_t rank = 0;     ///< Its place in the model's order.
  std::string layer_class;  ///< "Conv2D".
  std::string name;         ///< "zeta", "inner/zeta" in a nested model; empty if it has none.
};

/// Where the layers of a Keras 3 model keep their weights, and in which order they come.
class KerasPaths {
 public:
  KerasPaths() = default;

  /// Reads the content of config.json. Throws Error{malformed} where it is no configuration. Models
  /// that are no graph of layers (subclassed ones) list none, so nothing is known about them.
  explicit KerasPaths(const nlohmann::ordered_json& config);

  [[nodiscard]] bool empty() const noexcept { return by_path_.empty(); }

  /// The innermost known object that a weight belongs to, by the path of the weight; null where
  /// none is known.
  [[nodiscard]] const ConfiguredObject* find(std::string_view weight_path) const;

  /// The weight by the name its author gave the layer, and where the class settles it by that of
  /// the variable: "zeta/kernel" for "layers/dense/vars/0". Empty where nothing is known.
  [[nodiscard]] std::string name_of(std::string_view weight_path) const;

 private:
  // A known object, and how much of a normalised path leads to it.
  struct Found {
    const ConfiguredObject* object = nullptr;
    std::size_t length = 0;
  };

  [[nodiscard]] Found find_normalised(std::string_view path) const;

  std::map<std::string, ConfiguredObject, std::less<>> by_path_;
};

}  // namespace hindcast::io::hdf5
