#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hindcast/analysis/measurement_cache.hpp"

#include "analysis/opened_table.hpp"

namespace hindcast::analysis {

/// What a checkpoint's weights are compared with; null where there is nothing.
struct Comparison {
  const OpenedTable* initial = nullptr;
  const OpenedTable* previous = nullptr;
};

/// What measuring one tensor gave.
struct Outcome {
  std::vector<metrics::LayerMeasurement> layers;  ///< One for each layer that the tensor holds.
  /// The values are, bit by bit, those of the checkpoint before, and so are the measurements, but
  /// for the step rotation: `layers` is left empty.
  bool unchanged = false;
  std::string problem;  ///< Why it could not be read; empty if it could.
};

/// How to measure.
struct Measuring {
  metrics::SolverChoice solver = metrics::SolverChoice::automatic;
  MeasurementCache* cache = nullptr;  ///< May be null.
  bool unchanged_too = false;         ///< Also what is as it was at the checkpoint before.
};

/// Measures the layers of `table`'s tensor at `index`, which must be one that is analysed. What the
/// file does wrong is the outcome's problem, not thrown.
[[nodiscard]] Outcome measure_tensor(const OpenedTable& table, std::size_t index,
                                     const Comparison& comparison, const Measuring& measuring);

/// The same layer at a later checkpoint that did not change it.
[[nodiscard]] metrics::LayerMeasurement carried_on(const metrics::LayerMeasurement& before);

}  // namespace hindcast::analysis
