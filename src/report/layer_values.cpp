#include "report/layer_values.hpp"

#include <algorithm>
#include <vector>

#include "hindcast/metrics/metric.hpp"

namespace hindcast::report {
namespace {

std::vector<LayerValue> all_values() {
  std::vector<LayerValue> values;
  for (const metrics::Metric& metric : metrics::metrics()) {
    values.push_back(
        {.key = metric.key, .of_unfoldings = metric.of_unfoldings, .measure = metric.measure});
  }
  values.push_back({.key = "distance_from_init_frobenius",
                    .of_unfoldings = false,
                    .measure = [](const metrics::LayerMeasurement& layer) {
                      return layer.distance_from_init_frobenius;
                    }});
  values.push_back({.key = "distance_from_init_spectral",
                    .of_unfoldings = false,
                    .measure = [](const metrics::LayerMeasurement& layer) {
                      return layer.distance_from_init_spectral;
                    }});
  return values;
}

}  // namespace

std::span<const LayerValue> layer_values() noexcept {
  static const std::vector<LayerValue> values = all_values();
  return values;
}

const LayerValue* find_layer_value(std::string_view key) noexcept {
  const auto values = layer_values();
  const auto place = std::ranges::find(values, key, &LayerValue::key);
  return place == values.end() ? nullptr : &*place;
}

std::optional<double> value(const LayerReport& layer, const LayerValue& which) {
  const auto stated = layer.stated.find(which.key);
  return stated == layer.stated.end() ? which.measure(layer.measured) : stated->second;
}

std::optional<double> value(const LayerReport& layer, const LayerValue& which,
                            tensor::Unfolding unfolding) {
  for (const metrics::UnfoldingMeasurement& side : layer.measured.unfoldings) {
    if (side.unfolding == unfolding) {
      metrics::LayerMeasurement alone;
      alone.unfoldings = {side};
      return which.measure(alone);
    }
  }
  return std::nullopt;
}

}  // namespace hindcast::report
