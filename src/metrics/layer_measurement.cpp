#include "hindcast/metrics/layer_measurement.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <vector>

#include "hindcast/metrics/rotation.hpp"
#include "hindcast/tensor/unfolding.hpp"

#include "base/large_pages.hpp"
#include "metrics/keep_finite.hpp"
#include "metrics/sums.hpp"
#include "spectral/in_tiles.hpp"
#include "spectral/partial.hpp"

namespace hindcast::metrics {
namespace {

// w - w_0, as stored.
std::vector<double> movement(std::span<const double> now, std::span<const double> initial) {
  std::vector<double> moved;
  moved.reserve(now.size());
  prefer_large_pages(moved.data(), now.size_bytes());
  std::ranges::transform(now, initial, std::back_inserter(moved), std::minus());
  return moved;
}

// Side by side, where there is a thread for each.
std::vector<UnfoldingMeasurement> measure_unfoldings(const LayerWeights& weights,
                                                     SolverChoice solver, const MetricSet& asked) {
  const std::span<const tensor::Unfolding> sides = tensor::unfoldings_of(weights.layout);
  std::vector<UnfoldingMeasurement> measured(sides.size());
  spectral::for_each_tile(sides.size(), [&](std::size_t i) {
    const tensor::Unfolded unfolded(weights.values, weights.shape, weights.layout, sides[i]);
    measured[i] = measure_unfolding(unfolded.matrix(), sides[i], solver, asked);
    keep_finite(measured[i]);
  });
  return measured;
}

void measure_movement(LayerMeasurement& measured, const LayerWeights& weights,
                      std::span<const double> initial) {
  if (measured.relative_distance == 0.0) {
    measured.distance_from_init_frobenius = 0.0;
    measured.distance_from_init_spectral = 0.0;
    return;
  }
  const std::vector<double> moved = movement(weights.values, initial);
  const double energy = sum_of_squares(moved);
  if (!is_exact(energy) && !std::ranges::all_of(moved, [](double w) { return std::isfinite(w); })) {
    return;
  }
  measured.distance_from_init_frobenius = energy;
  const tensor::Unfolded unfolded(moved, weights.shape, weights.layout, tensor::Unfolding::output);
  if (const std::optional<double> largest = spectral::spectral_norm(unfolded.matrix())) {
    measured.distance_from_init_spectral = *largest * *largest;
  }
}

}  // namespace

void measure_spectra(LayerMeasurement& measured, const LayerWeights& weights, SolverChoice solver,
                     const MetricSet& asked) {
  measured.weights = weights.values.size();
  measured.unfoldings = measure_unfoldings(weights, solver, asked);
  for (const UnfoldingMeasurement& unfolding : measured.unfoldings) {
    measured.status.add(unfolding.status);
  }
}

void compare_with_initial(LayerMeasurement& measured, const LayerWeights& weights,
                          std::span<const double> initial, const MetricSet& asked) {
  if (initial.empty()) {
    return;
  }
  if (asked.has("rotation")) {
    measured.rotation = cosine_distance(weights.values, initial);
  }
  if (asked.has("relative_distance")) {
    measured.relative_distance = relative_distance(weights.values, initial);
    measure_movement(measured, weights, initial);
  }
  keep_finite(measured);
}

void compare_with_previous(LayerMeasurement& measured, const LayerWeights& weights,
                           std::span<const double> previous, const MetricSet& asked) {
  if (!previous.empty() && asked.has("step_rotation")) {
    measured.step_rotation = cosine_distance(weights.values, previous);
  }
}

}  // namespace hindcast::metrics
