#pragma once

#include "hindcast/metrics/metric.hpp"

#include "metrics/wording.hpp"

// What the definitions of metrics are made of: each is the address of a function for
// Metric::measure.

namespace hindcast::metrics {

/// The mean over the unfoldings of what `value` gives of each; nothing where one has none.
template <typename Value>
std::optional<double> mean_over_unfoldings(const LayerMeasurement& layer, const Value& value) {
  if (layer.unfoldings.empty()) {
    return std::nullopt;
  }
  double total = 0.0;
  for (const UnfoldingMeasurement& unfolding : layer.unfoldings) {
    const std::optional<double> one = value(unfolding);
    if (!one) {
      return std::nullopt;
    }
    total += *one;
  }
  return total / static_cast<double>(layer.unfoldings.size());
}

/// That of a number of the unfoldings.
template <std::optional<double> UnfoldingMeasurement::*Member>
std::optional<double> spectral_value(const LayerMeasurement& layer) {
  return mean_over_unfoldings(layer, [](const auto& unfolding) { return unfolding.*Member; });
}

/// That of a number of what EVBMF finds by one of its minimisers.
template <LowRankMeasurement UnfoldingMeasurement::*Minimiser, double spectral::LowRank::*Member>
std::optional<double> low_rank_value(const LayerMeasurement& layer) {
  return mean_over_unfoldings(layer, [](const auto& unfolding) -> std::optional<double> {
    const auto& value = (unfolding.*Minimiser).value;
    return value ? std::optional((*value).*Member) : std::nullopt;
  });
}

/// A number of the layer as a whole.
template <std::optional<double> LayerMeasurement::*Member>
std::optional<double> layer_value(const LayerMeasurement& layer) {
  return layer.*Member;
}

}  // namespace hindcast::metrics
