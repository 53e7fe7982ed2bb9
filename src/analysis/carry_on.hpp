#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "hindcast/report/report.hpp"

namespace hindcast::analysis {

/// The layers of the checkpoint before, from which those of unchanged tensors are taken. What was
/// added must live as long.
class EarlierLayers {
 public:
  void add(const report::LayerReport& layer) { by_name_.emplace(layer.name, &layer); }

  /// The same layers, in the same order; empty if one of them is not there, or is another.
  [[nodiscard]] std::vector<const report::LayerReport*> all_of(
      const std::vector<report::LayerReport>& layers) const;

 private:
  std::unordered_map<std::string_view, const report::LayerReport*> by_name_;
};

/// The layers of a checkpoint; none of none.
[[nodiscard]] EarlierLayers layers_of(const report::CheckpointReport* checkpoint);

/// The same layer at a later checkpoint that did not change it.
[[nodiscard]] metrics::LayerMeasurement carried_on(const metrics::LayerMeasurement& before);

}  // namespace hindcast::analysis
