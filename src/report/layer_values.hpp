#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "hindcast/report/report.hpp"

namespace hindcast::report {

/// One number that a report gives for a layer: the layer metrics and the distances that the
/// summary adds up.
struct LayerValue {
  std::string_view key;  ///< JSON field.
  bool of_unfoldings;    ///< A mean over unfoldings, each of which has a value of its own.
  std::optional<double> (*measure)(const metrics::LayerMeasurement& layer);
};

/// All of them, in report order.
[[nodiscard]] std::span<const LayerValue> layer_values() noexcept;

/// The one with this key; none where there is no such number.
[[nodiscard]] const LayerValue* find_layer_value(std::string_view key) noexcept;

/// The number as the report says it: measured, or as it was read.
[[nodiscard]] std::optional<double> value(const LayerReport& layer, const LayerValue& which);

/// The number for one unfolding; nothing where the layer has no such unfolding.
[[nodiscard]] std::optional<double> value(const LayerReport& layer, const LayerValue& which,
                                          tensor::Unfolding unfolding);

}  // namespace hindcast::report
