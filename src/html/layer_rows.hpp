#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "hindcast/report/report.hpp"

namespace hindcast::html {

/// One layer over a run.
struct LayerRow {
  std::string_view name;
  /// One for each checkpoint; null where it does not have the layer.
  std::vector<const report::LayerReport*> at = {};

  /// At the last checkpoint that has it.
  [[nodiscard]] const report::LayerReport& last() const;
};

/// The layers of all checkpoints, in model order: that of the last checkpoint, then those that are
/// gone by then. Valid as long as the run is.
[[nodiscard]] std::vector<LayerRow> layer_rows(const report::RunReport& run);

}  // namespace hindcast::html
