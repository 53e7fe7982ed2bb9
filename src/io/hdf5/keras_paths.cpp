// The paths that Keras 3 gives the layers of a model in its weights file.
//
//   layers/conv2d_1/vars/0                       the second Conv2D among the layers of the model
//   layers/functional/layers/dense/vars/0        of a model within the model
//   layers/time_distributed/layer/vars/0         of the layer in a wrapper
//   layers/bidirectional/backward_layer/cell/vars/0
//
// Paths are counted for each class in the order of the configuration's list, whatever the layers
// themselves are called: what they are called is in the configuration alone. tf.keras 2.13 has
// `_layer_checkpoint_dependencies` in place of `layers`.
// https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py

#include "io/hdf5/keras_paths.hpp"

#include <cstdint>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/hdf5/keras_variables.hpp"

namespace hindcast::io::hdf5 {
namespace {

using json = nlohmann::ordered_json;

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_word(char c) {
  return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Puts an underscore before every capital with small letters after it, but for the first; what was
// passed over once is not looked at again, as in a replacement by a regular expression.
std::string split_before_words(std::string_view name) {
  std::string result;
  for (std::size_t i = 0; i < name.size();) {
    result += name[i++];
    if (i + 1 < name.size() && is_upper(name[i]) && is_lower(name[i + 1])) {
      result += '_';
      result += name[i++];
      while (i < name.size() && is_lower(name[i])) {
        result += name[i++];
      }
    }
  }
  return result;
}

std::string split_after_small_letters(std::string_view name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && is_lower(name[i - 1]) && is_upper(name[i])) {
      result += '_';
    }
    result += name[i];
  }
  return result;
}

// A member that may be missing, or of another type than expected.
const json* member(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? &*found : nullptr;
}

const json* config_member(const json& object, const char* name) {
  const json* const config = member(object, "config");
  return config != nullptr ? member(*config, name) : nullptr;
}

std::string class_of(const json& object) {
  const json* const name = member(object, "class_name");
  return name != nullptr && name->is_string() ? name->get<std::string>() : std::string();
}

std::string name_in(const json& object) {
  const json* const name = config_member(object, "name");
  return name != nullptr && name->is_string() ? name->get<std::string>() : std::string();
}

// A name within another; none where either is missing.
std::string joined(const std::string& outer, const std::string& inner) {
  return outer.empty() || inner.empty() ? std::string() : fmt::format("{}/{}", outer, inner);
}

// The layers of a model, or null for something that is not one.
const json* layers_of(const json& model) {
  const json* const layers = config_member(model, "layers");
  return layers != nullptr && layers->is_array() ? layers : nullptr;
}

/// Lists objects in the order in which they are visited. It recurses as deep as the JSON is
/// nested, which parse_strict_json bounds.
class Lister {
 public:
  using ByPath = std::map<std::string, ConfiguredObject, std::less<>>;

  using Naming = std::function<std::string(const std::string& own_name)>;

  /// `naming` makes a layer's own name that of the whole way to it.
  void add_layers(const json& layers, const std::string& prefix, const Naming& naming) {
    std::map<std::string, std::size_t> uses;
    for (const json& layer : layers) {
      const std::string base = to_snake_case(class_of(layer));
      if (base.empty()) {
        continue;
      }
      const std::size_t count = uses[base]++;
      add(layer, prefix + (count == 0 ? base : fmt::format("{}_{}", base, count)),
          naming(name_in(layer)));
    }
  }

  [[nodiscard]] ByPath take() { return std::move(by_path_); }

 private:
  void add(const json& object, const std::string& path, const std::string& name) {
    if (const json* const layers = layers_of(object)) {
      add_layers(*layers, path + "/layers/",
                 [&](const std::string& inner) { return joined(name, inner); });
    }
    const json* const wrapped = config_member(object, "layer");
    if (wrapped == nullptr || class_of(*wrapped).empty()) {
      list(path, class_of(object), name);
      return;
    }
    add(*wrapped, path + "/layer", joined(name, "layer"));
    // Bidirectional runs a copy of its layer backwards, unless it is given another layer for that.
    // What is within them is not listed: pairs within pairs would double at every level.
    const json* const backward = config_member(object, "backward_layer");
    const std::string own = backward != nullptr ? class_of(*backward) : std::string();
    list(path + "/forward_layer", class_of(*wrapped), joined(name, "forward_layer"));
    list(path + "/backward_layer", own.empty() ? class_of(*wrapped) : own,
         joined(name, "backward_layer"));
    list(path, class_of(*wrapped), name);
  }

  // Nested models repeat their own path in those of all their layers.
  void list(const std::string& path, std::string layer_class, std::string name) {
    path_bytes_ += path.size() + name.size();
    if (path_bytes_ > kMostPathBytes) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("its layers have paths of more than {} bytes", kMostPathBytes));
    }
    by_path_.emplace(path, ConfiguredObject{.rank = by_path_.size(),
                                            .layer_class = std::move(layer_class),
                                            .name = std::move(name)});
  }

  static constexpr std::uint64_t kMostPathBytes = 64ULL << 20U;

  ByPath by_path_;
  std::uint64_t path_bytes_ = 0;
};

// In one spelling for all versions of Keras.
std::string normalised(std::string_view path) {
  std::string result;
  for (const std::string_view part : split(path, '/')) {
    result += result.empty() ? "" : "/";
    result += part == "_layer_checkpoint_dependencies" ? "layers" : part;
  }
  return result;
}

}  // namespace

std::string to_snake_case(std::string_view class_name) {
  std::string words;
  for (const char c : class_name) {
    words += is_word(c) ? std::string(1, c) : std::string();
  }
  return lowered(split_after_small_letters(split_before_words(words)));
}

KerasPaths::KerasPaths(const nlohmann::ordered_json& config) {
  if (class_of(config).empty()) {
    throw Error(ErrorCode::malformed, "is not the configuration of a Keras model");
  }
  if (const json* const layers = layers_of(config)) {
    Lister lister;
    lister.add_layers(*layers, "layers/", [](const std::string& name) { return name; });
    by_path_ = lister.take();
  }
}

const ConfiguredObject* KerasPaths::find(std::string_view weight_path) const {
  return find_normalised(normalised(weight_path)).object;
}

std::string KerasPaths::name_of(std::string_view weight_path) const {
  const std::string path = normalised(weight_path);
  const Found found = find_normalised(path);
  if (found.object == nullptr || found.object->name.empty()) {
    return "";
  }
  return found.object->name + name_variable(found.object->layer_class, path.substr(found.length));
}

KerasPaths::Found KerasPaths::find_normalised(std::string_view path) const {
  for (std::size_t end = path.rfind('/'); end != std::string::npos && end > 0;
       end = path.rfind('/', end - 1)) {
    const auto found = by_path_.find(path.substr(0, end));
    if (found != by_path_.end()) {
      return {.object = &found->second, .length = end};
    }
  }
  return {};
}

}  // namespace hindcast::io::hdf5
