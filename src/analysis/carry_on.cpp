#include "analysis/carry_on.hpp"

namespace hindcast::analysis {

std::vector<const report::LayerReport*> EarlierLayers::all_of(
    const std::vector<report::LayerReport>& layers) const {
  std::vector<const report::LayerReport*> out;
  for (const report::LayerReport& layer : layers) {
    const auto place = by_name_.find(layer.name);
    if (place == by_name_.end() || place->second->layout != layer.layout ||
        place->second->shape != layer.shape) {
      return {};
    }
    out.push_back(place->second);
  }
  return out;
}

EarlierLayers layers_of(const report::CheckpointReport* checkpoint) {
  EarlierLayers out;
  if (checkpoint != nullptr) {
    for (const report::LayerReport& layer : checkpoint->layers) {
      out.add(layer);
    }
  }
  return out;
}

metrics::LayerMeasurement carried_on(const metrics::LayerMeasurement& before) {
  metrics::LayerMeasurement measured = before;
  const bool has_direction =
      !before.status.has(metrics::Status::zero) && !before.status.has(metrics::Status::non_finite);
  measured.step_rotation = has_direction ? std::optional(0.0) : std::nullopt;
  return measured;
}

}  // namespace hindcast::analysis
