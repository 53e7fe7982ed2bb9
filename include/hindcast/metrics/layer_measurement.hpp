#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hindcast/metrics/metric_set.hpp"
#include "hindcast/metrics/status.hpp"
#include "hindcast/metrics/unfolding_measurement.hpp"
#include "hindcast/tensor/layout.hpp"

namespace hindcast::metrics {

/// Goes up with every change that moves a number of a LayerMeasurement by more than rounding: what
/// was measured before is then measured again.
inline constexpr int kRevision = 1;

/// One layer at one checkpoint.
struct LayerMeasurement {
  std::uint64_t weights = 0;                     ///< Number of values.
  StatusSet status;                              ///< Of any of its unfoldings.
  std::vector<UnfoldingMeasurement> unfoldings;  ///< In the order of tensor::unfoldings_of().
  std::optional<double> rotation;                ///< Cosine distance from the initial weights.
  std::optional<double> step_rotation;           ///< The same from the previous checkpoint.
  std::optional<double> relative_distance;       ///< |w - w_0| / |w_0|
  std::optional<double> distance_from_init_frobenius;  ///< |W - W_0|_F^2
  std::optional<double> distance_from_init_spectral;   ///< s_1(W - W_0)^2, output unfolding.
};

/// The weights of one layer at one checkpoint, in row-major order.
struct LayerWeights {
  std::span<const std::uint64_t> shape;  ///< Extents of the stored axes.
  const tensor::Layout& layout;          ///< What those axes are.
  std::span<const double> values;        ///< As many as the shape says.
};

/// What the weights tell by themselves: all of `measured` but the three comparisons, as far as it
/// is asked for.
void measure_spectra(LayerMeasurement& measured, const LayerWeights& weights, SolverChoice solver,
                     const MetricSet& asked = MetricSet());

/// Against the initial weights, of the same shape; nothing where `initial` is empty. The distances
/// from them go with relative_distance.
void compare_with_initial(LayerMeasurement& measured, const LayerWeights& weights,
                          std::span<const double> initial, const MetricSet& asked = MetricSet());

/// Against the weights at the checkpoint before; nothing where `previous` is empty.
void compare_with_previous(LayerMeasurement& measured, const LayerWeights& weights,
                           std::span<const double> previous, const MetricSet& asked = MetricSet());

}  // namespace hindcast::metrics
