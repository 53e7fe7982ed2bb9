#include "hindcast/metrics/layer_measurement.hpp"

#include "hindcast/metrics/rotation.hpp"
#include "hindcast/spectral/partial.hpp"
#include "hindcast/tensor/unfolding.hpp"

namespace hindcast::metrics {
namespace {

void compare_with_initial(LayerMeasurement& measured, const LayerWeights& weights) {
  measured.rotation = cosine_distance(weights.now, weights.initial);
  measured.relative_distance = relative_distance(weights.now, weights.initial);
  const tensor::Matrix moved =
      tensor::unfold(weights.now, weights.shape, weights.layout, tensor::Unfolding::output) -
      tensor::unfold(weights.initial, weights.shape, weights.layout, tensor::Unfolding::output);
  if (!moved.array().isFinite().all()) {
    return;
  }
  measured.distance_from_init_frobenius = moved.squaredNorm();
  if (const std::optional<double> largest = spectral::spectral_norm(moved)) {
    measured.distance_from_init_spectral = *largest * *largest;
  }
}

}  // namespace

LayerMeasurement measure_layer(const LayerWeights& weights, SolverChoice solver) {
  LayerMeasurement measured;
  measured.weights = weights.now.size();
  for (const tensor::Unfolding side : tensor::unfoldings_of(weights.layout)) {
    const tensor::Matrix matrix = tensor::unfold(weights.now, weights.shape, weights.layout, side);
    measured.unfoldings.push_back(measure_unfolding(matrix, side, solver));
    measured.status.add(measured.unfoldings.back().status);
  }
  if (!weights.initial.empty()) {
    compare_with_initial(measured, weights);
  }
  if (!weights.previous.empty()) {
    measured.step_rotation = cosine_distance(weights.now, weights.previous);
  }
  return measured;
}

}  // namespace hindcast::metrics
