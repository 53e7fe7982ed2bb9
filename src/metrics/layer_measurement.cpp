#include "hindcast/metrics/layer_measurement.hpp"

#include "hindcast/metrics/rotation.hpp"
#include "hindcast/spectral/partial.hpp"
#include "hindcast/tensor/unfolding.hpp"

#include "metrics/keep_finite.hpp"

namespace hindcast::metrics {

void measure_spectra(LayerMeasurement& measured, const LayerWeights& weights, SolverChoice solver) {
  measured.weights = weights.values.size();
  for (const tensor::Unfolding side : tensor::unfoldings_of(weights.layout)) {
    const tensor::Matrix matrix =
        tensor::unfold(weights.values, weights.shape, weights.layout, side);
    measured.unfoldings.push_back(measure_unfolding(matrix, side, solver));
    keep_finite(measured.unfoldings.back());
    measured.status.add(measured.unfoldings.back().status);
  }
}

void compare_with_initial(LayerMeasurement& measured, const LayerWeights& weights,
                          std::span<const double> initial) {
  if (initial.empty()) {
    return;
  }
  measured.rotation = cosine_distance(weights.values, initial);
  measured.relative_distance = relative_distance(weights.values, initial);
  const tensor::Matrix moved =
      tensor::unfold(weights.values, weights.shape, weights.layout, tensor::Unfolding::output) -
      tensor::unfold(initial, weights.shape, weights.layout, tensor::Unfolding::output);
  if (!moved.array().isFinite().all()) {
    return;
  }
  measured.distance_from_init_frobenius = moved.squaredNorm();
  if (const std::optional<double> largest = spectral::spectral_norm(moved)) {
    measured.distance_from_init_spectral = *largest * *largest;
  }
  keep_finite(measured);
}

void compare_with_previous(LayerMeasurement& measured, const LayerWeights& weights,
                           std::span<const double> previous) {
  if (!previous.empty()) {
    measured.step_rotation = cosine_distance(weights.values, previous);
  }
}

}  // namespace hindcast::metrics
