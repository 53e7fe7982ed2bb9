#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "hindcast/metrics/unfolding_measurement.hpp"

#include "spectral/gram.hpp"

namespace hindcast::metrics {

/// What is measured of a matrix, wherever its values are.
struct MatrixSource {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::optional<double> norm;  ///< Frobenius; nothing where a value is not finite.
  std::int64_t non_finite_values = 0;
  /// Only asked for where the norm is neither missing nor zero.
  std::function<spectral::Gram()> gram;
  std::function<bool()> has_dead_filter;
};

/// A filter of a smaller norm is dead: the norm's square underflows in single precision, where the
/// published optimiser factorises; what its SVD makes of such a row depends on how it rounds.
inline constexpr double kDeadFilterNorm = 3.7e-23;

/// As measure_unfolding.
[[nodiscard]] UnfoldingMeasurement measure_source(const MatrixSource& source,
                                                  tensor::Unfolding unfolding, SolverChoice solver,
                                                  const MetricSet& asked);

}  // namespace hindcast::metrics
