#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gate/measure_rule.hpp"

namespace hindcast::gate {

/// What a rule looks at in one go: a checkpoint, or, where it is of a trend, the last few of a run,
/// oldest first. Its layers are those of the last one. Never empty.
using Window = std::vector<const report::CheckpointReport*>;

/// Those of a run; none where it has too few checkpoints.
[[nodiscard]] std::vector<Window> windows_of(const Rule& rule, const report::RunReport& run);

/// Why there are none.
[[nodiscard]] std::string why_no_window(const Rule& rule, const report::RunReport& run);

/// The layers of a window that a rule selects, found by their names.
class LayersByName {
 public:
  LayersByName(const Rule& rule, const Window& window);

  /// In the last checkpoint.
  [[nodiscard]] bool has(const std::string& layer) const;

  /// Of a layer that the last checkpoint has; earlier ones may lack it.
  [[nodiscard]] Measured measure(const std::string& layer) const;

 private:
  [[nodiscard]] Measured measure_at(std::size_t checkpoint, const std::string& layer) const;

  const Rule& rule_;
  const Window& window_;
  std::vector<std::unordered_map<std::string_view, const report::LayerReport*>> layers_;
};

/// Of all selected layers together, or of the summary.
[[nodiscard]] Measured measure(const Rule& rule, const Window& window);

/// Of at least two values, one checkpoint after the other.
[[nodiscard]] double trend_of(Trend::By by, std::span<const double> values);

}  // namespace hindcast::gate
