#pragma once

// Runs for lint, without files: layers that walk at random.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "lint/observation.hpp"
#include "lint/sketch.hpp"

namespace hindcast::test {

using Values = std::vector<double>;

inline Values gaussian(std::size_t count, std::uint64_t seed, double scale = 1.0) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Values out(count);
  for (double& value : out) {
    value = scale * normal(engine);
  }
  return out;
}

inline Values sum(const Values& a, const Values& b) {
  Values out = a;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] += b[i];
  }
  return out;
}

/// A layer at each checkpoint: the first from `seed`, then steps of these lengths relative to it.
inline std::vector<Values> walk(std::size_t values, std::uint64_t seed,
                                const std::vector<double>& steps) {
  std::vector<Values> path = {gaussian(values, seed)};
  for (std::size_t k = 0; k < steps.size(); ++k) {
    path.push_back(sum(path.back(), gaussian(values, 1000 * seed + k + 1, steps[k])));
  }
  return path;
}

inline std::vector<double> even_steps(std::size_t count) {
  return std::vector<double>(count, 0.1);
}

/// A run whose first checkpoint is the initial one, at steps 0, 100, 200, ...
inline lint::RunObservation run_of(const std::vector<std::vector<Values>>& layers) {
  lint::RunObservation run;
  run.name = "run";
  run.has_initial = true;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    run.tensors.push_back({.name = "layer" + std::to_string(i),
                           .is_layer = true,
                           .is_trained = true,
                           .kind = tensor::LayerKind::linear,
                           .values = layers[i][0].size()});
  }
  for (std::size_t k = 0; k < layers[0].size(); ++k) {
    const auto step = static_cast<std::int64_t>(100 * k);
    lint::CheckpointObservation checkpoint{.name = "step_" + std::to_string(step),
                                           .path = "step_" + std::to_string(step) + ".npz",
                                           .step = step,
                                           .epoch = std::nullopt};
    for (const std::vector<Values>& layer : layers) {
      checkpoint.states.push_back(lint::summarise(layer[k], 256));
    }
    run.checkpoints.push_back(std::move(checkpoint));
  }
  return run;
}

}  // namespace hindcast::test
