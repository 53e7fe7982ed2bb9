#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "hindcast/metrics/layer_measurement.hpp"

namespace hindcast::metrics {

/// A tall matrix too large to be in memory as doubles, of which any rows can be read.
struct BlockedMatrix {
  std::int64_t rows = 0;  ///< No fewer than `cols`.
  std::int64_t cols = 0;
  /// Fills `out` with whole rows from `first` on.
  std::function<void(std::int64_t first, std::span<double> out)> read;
};

/// How many values are read at a time.
struct BlockOptions {
  std::int64_t values = std::int64_t{1} << 24U;
};

/// Can matrices of this scale be measured in blocks? Not where squares of their entries, all
/// together, overflow or underflow: that takes a look at all of them at once.
[[nodiscard]] bool is_moderate(const BlockedMatrix& matrix, const BlockOptions& options);

/// As the functions of the same names in layer_measurement.hpp, up to rounding. The matrices must
/// be moderate, or hold a value that is not finite. `layout` is that of the matrix as it is stored.
void measure_spectra(LayerMeasurement& measured, const BlockedMatrix& now,
                     const tensor::Layout& layout, SolverChoice solver, const MetricSet& asked,
                     const BlockOptions& options);
void compare_with_initial(LayerMeasurement& measured, const BlockedMatrix& now,
                          const BlockedMatrix& initial, const MetricSet& asked,
                          const BlockOptions& options);
void compare_with_previous(LayerMeasurement& measured, const BlockedMatrix& now,
                           const BlockedMatrix& previous, const MetricSet& asked,
                           const BlockOptions& options);

}  // namespace hindcast::metrics
