#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hindcast/report/report.hpp"

#include "gate/rule.hpp"

namespace hindcast::gate {

/// What a rule's metric is at one checkpoint, over the layers that have it.
struct Measured {
  std::optional<double> value = {};
  std::string layer = {};   ///< Which has it, where it is the value of one layer.
  std::size_t matched = 0;  ///< Layers selected.
  std::vector<std::string> missing =
      {};  ///< What the selected layers without a value are called, and why.
  std::string first_missing = {};  ///< The name of the first of several layers without a value.
};

/// The layers of a checkpoint that a rule selects.
[[nodiscard]] std::vector<const report::LayerReport*> selected_layers(
    const Rule& rule, const report::CheckpointReport& checkpoint);

/// Of one layer.
[[nodiscard]] Measured measure_layer(const Rule& rule, const report::LayerReport& layer);

/// Of all selected layers together, or of the summary.
[[nodiscard]] Measured measure(const Rule& rule, const report::CheckpointReport& checkpoint);

/// The value below which this share of `values` lies, linear between the order statistics around
/// (N - 1) times the share (definition 7 of Hyndman & Fan, "Sample quantiles in statistical
/// packages", 1996). There must be a value.
[[nodiscard]] double quantile(std::vector<double> values, double share);

}  // namespace hindcast::gate
