// Layer classes from Keras' `model_config` attribute.
//
//   {"class_name": "Sequential", "config": [LAYER, ...]}                        Keras 1, 2.0
//   - 2.2.2
//   {"class_name": "Model", "config": {"name": ..., "layers": [LAYER, ...]}}    all others
//   LAYER = {"class_name": "Conv2D", "name"?: ..., "config": {"name": ..., ...}}
//
// A layer may be a model of either form itself, or a wrapper whose config has a "layer".

#include "io/hdf5/keras_config.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io::hdf5 {
namespace {

using nlohmann::json;

// A member that may be missing, or of another type than expected.
const json* member(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? &*found : nullptr;
}

std::string string_member(const json& object, const char* name) {
  const json* const found = member(object, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

// The layers of a model, or null for something that is not one.
const json* layers_of(const json& model) {
  const json* const config = member(model, "config");
  if (config == nullptr) {
    return nullptr;
  }
  const json* const layers = config->is_array() ? config : member(*config, "layers");
  return layers != nullptr && layers->is_array() ? layers : nullptr;
}

std::string name_of(const json& layer) {
  const json* const config = member(layer, "config");
  std::string name = config != nullptr ? string_member(*config, "name") : std::string();
  return name.empty() ? string_member(layer, "name") : name;
}

// What a wrapper (TimeDistributed, Bidirectional, ...) wraps; else the layer itself.
const json& unwrapped(const json& layer) {
  const json* current = &layer;
  for (;;) {
    const json* const config = member(*current, "config");
    const json* const inner = config != nullptr ? member(*config, "layer") : nullptr;
    if (inner == nullptr || string_member(*inner, "class_name").empty()) {
      return *current;
    }
    current = inner;
  }
}

LayerConfig config_of(const json& layer) {
  const json* const config = member(layer, "config");
  return {.class_name = string_member(layer, "class_name"),
          .data_format = config != nullptr ? string_member(*config, "dim_ordering") : ""};
}

template <typename ByName>
void collect_inner(const json& layers, std::uint64_t depth, std::uint64_t most, ByName& inner) {
  if (depth > most) {
    throw Error(
        ErrorCode::limit_exceeded,
        fmt::format("attribute model_config: more than {} models within models, the limit{}", most,
                    kRaiseDepth));
  }
  for (const json& outer : layers) {
    const json& layer = unwrapped(outer);
    if (const json* const nested = layers_of(layer)) {
      collect_inner(*nested, depth + 1, most, inner);
    } else {
      inner.emplace(name_of(outer), config_of(layer));
      inner.emplace(name_of(layer), config_of(layer));
    }
  }
}

}  // namespace

ModelConfig::ModelConfig(std::string_view model_config, const Limits& limits) {
  const json model = json::parse(model_config, nullptr, /*allow_exceptions=*/false);
  if (model.is_discarded()) {
    throw Error(ErrorCode::malformed, "attribute model_config: is not JSON");
  }
  const json* const layers = layers_of(model);
  if (layers == nullptr) {
    return;
  }
  for (const json& outer : *layers) {
    const json& layer = unwrapped(outer);
    OuterLayer entry{.config = config_of(layer), .is_model = false, .inner = {}};
    if (const json* const nested = layers_of(layer)) {
      entry.is_model = true;
      collect_inner(*nested, 1, limits.depth, entry.inner);
    }
    layers_.emplace(name_of(outer), std::move(entry));
  }
}

LayerConfig ModelConfig::find(std::string_view layer, std::string_view weight) const {
  const auto outer = layers_.find(layer);
  if (outer == layers_.end()) {
    return {};
  }
  if (!outer->second.is_model) {
    return outer->second.config;
  }
  const ByName& inner = outer->second.inner;
  for (const std::string_view part : split(weight, '/')) {
    if (const auto found = inner.find(part); found != inner.end()) {
      return found->second;
    }
  }
  return {};
}

}  // namespace hindcast::io::hdf5
