#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "hindcast/report/report.hpp"

namespace hindcast::report {

/// One number that a report gives for an unfolding and not for its layer.
struct UnfoldingValue {
  std::string_view key;  ///< Path of JSON fields, "low_rank.exact.rank", or the last of them.
  std::optional<double> (*measure)(const metrics::UnfoldingMeasurement& unfolding);
};

/// All of them, in report order. "rank" and "noise_variance" are those of "low_rank.exact", as for
/// the layer's own numbers.
[[nodiscard]] std::span<const UnfoldingValue> unfolding_values() noexcept;

/// The one with this key; none where there is no such number.
[[nodiscard]] const UnfoldingValue* find_unfolding_value(std::string_view key) noexcept;

/// The mean over a layer's unfoldings; nothing where one of them has none.
[[nodiscard]] std::optional<double> value(const LayerReport& layer, const UnfoldingValue& which);

/// The number of one unfolding; nothing where the layer has no such unfolding.
[[nodiscard]] std::optional<double> value(const LayerReport& layer, const UnfoldingValue& which,
                                          tensor::Unfolding unfolding);

}  // namespace hindcast::report
