#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "hindcast/metrics/layer_measurement.hpp"

namespace hindcast::metrics {

/// One layer metric over the layers of a checkpoint. A layer without a value is left out and
/// `layers` counts the ones that had one; with none, everything is missing.
struct Aggregate {
  std::string_view metric;               ///< Its key.
  std::int64_t layers = 0;               ///< N
  std::optional<double> mean;            ///< sum q / N
  std::optional<double> weighted_mean;   ///< sum p q / sum p, p the layer's number of weights.
  std::optional<double> l2;              ///< sqrt(sum q^2 / N)
  std::optional<double> geometric_mean;  ///< exp(sum ln q / N); missing where a q is not positive.
  std::optional<double> min;             ///< The smallest q.
  std::optional<double> max;             ///< The largest q.
};

/// One of an aggregate's numbers.
struct Statistic {
  std::string_view key;                     ///< "mean"
  std::optional<double> Aggregate::*value;  ///< Where an aggregate keeps it.
};

/// All of them, in report order.
[[nodiscard]] std::span<const Statistic> statistics() noexcept;

/// A single number about a whole checkpoint. Sums are missing where a layer's part is: a sum over
/// fewer layers would not be comparable with the next checkpoint's.
struct Total {
  std::string_view key;         ///< One of total_keys().
  std::optional<double> value;  ///< None where it would be over fewer layers.
};

/// A checkpoint in a few numbers.
struct Summary {
  std::vector<Aggregate> aggregates;  ///< One per metric of metrics(), in that order.
  std::vector<Total> totals;          ///< Complexity measures and the spread of rotations.
};

/// Complexity measures: Jiang et al., "Fantastic generalization measures and where to find them"
/// (2020), and Dziugaite et al., "In search of robust measures of generalization" (2020).
[[nodiscard]] Summary summarise(std::span<const LayerMeasurement* const> layers);

/// The keys of Summary::totals, in order.
[[nodiscard]] std::span<const std::string_view> total_keys() noexcept;

/// The metric of which a total leaves missing values out ("rotation" for "rotation_spread"); empty
/// for one that is itself missing where a layer's part is.
[[nodiscard]] std::string_view metric_left_out_by(std::string_view total_key) noexcept;

}  // namespace hindcast::metrics
