#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "hindcast/metrics/layer_measurement.hpp"

namespace hindcast::metrics {

/// What `hindcast explain` says of a metric. Only `meaning` ends with a full stop.
struct Wording {
  std::string_view meaning;  ///< A paragraph.
  std::string_view range;    ///< "0 to 2".
  std::string_view good;     ///< "Higher", "Lower", "Nearer to 1" or "Not known", and why.
  std::string_view formula;  ///< In ASCII, with the letters of the paper.
  std::string_view source;   ///< Authors, title, where it appeared.
};

/// Everything the rest of the program knows about a layer metric: report fields, CSV columns, the
/// summary and the property tests are made from this.
struct Metric {
  std::string_view key;        ///< JSON field and CSV column; stable across releases.
  std::string_view title;      ///< One line for people, no full stop.
  std::string_view reference;  ///< Paper or DOI the definition follows.
  bool scale_invariant;        ///< Unchanged when all weights are multiplied by a constant; tested.
  bool of_unfoldings;          ///< A mean over unfoldings, each of which has a value of its own.

  /// The layer's value (the mean over its unfoldings), or nothing where one of them has none.
  std::optional<double> (*measure)(const LayerMeasurement& layer);

  Wording words;  ///< For people.

  /// Keys of metrics that `measure` looks at: who asks for this one gets them, too.
  std::span<const std::string_view> needs = {};
};

/// Every layer metric, in report order.
[[nodiscard]] std::span<const Metric> metrics() noexcept;

/// A layer's value of the metric with this key, which must be one of metrics().
[[nodiscard]] std::optional<double> value(const LayerMeasurement& layer, std::string_view key);

}  // namespace hindcast::metrics
