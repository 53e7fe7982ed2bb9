#include "lint/distances.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hindcast::lint {
namespace {

constexpr double kFewValues = 16.0;

double squared_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

// Nothing where a checkpoint lacks it, or where it is zero or too large to be squared.
double mean_square(const RunObservation& run, std::size_t tensor,
                   const std::vector<std::size_t>& checkpoints) {
  double sum = 0.0;
  for (const std::size_t checkpoint : checkpoints) {
    const TensorState* const state = finite_state_of(run, checkpoint, tensor);
    if (state == nullptr) {
      return 0.0;
    }
    sum += dot(state->sketch, state->sketch);
  }
  const double mean = sum / static_cast<double>(checkpoints.size());
  return std::isnormal(mean) ? mean : 0.0;
}

// Squared. The finest that is seen: weights may begin as ones, or end as zeros.
double squared_rounding(const RunObservation& run, std::size_t tensor,
                        const std::vector<std::size_t>& checkpoints) {
  double least = 1.0;
  for (const std::size_t checkpoint : checkpoints) {
    least = std::min(least, finite_state_of(run, checkpoint, tensor)->rounding);
  }
  return least * least;
}

double values_of(const RunObservation& run, std::size_t tensor) {
  return static_cast<double>(std::max<std::uint64_t>(run.tensors[tensor].values, 1));
}

}  // namespace

const TensorState* state_of(const RunObservation& run, std::size_t checkpoint, std::size_t tensor) {
  const std::vector<TensorState>& states = run.checkpoints[checkpoint].states;
  return tensor < states.size() && states[tensor].presence == Presence::read ? &states[tensor]
                                                                             : nullptr;
}

const TensorState* finite_state_of(const RunObservation& run, std::size_t checkpoint,
                                   std::size_t tensor) {
  const TensorState* const state = state_of(run, checkpoint, tensor);
  return state != nullptr && !state->sketch.empty() ? state : nullptr;
}

Distances::Distances(const RunObservation& run, const std::vector<std::size_t>& tensors,
                     const std::vector<std::size_t>& checkpoints)
    : run_(run) {
  for (const std::size_t tensor : tensors) {
    const double scale = checkpoints.empty() ? 0.0 : mean_square(run, tensor, checkpoints);
    if (scale > 0.0) {
      used_.push_back({.tensor = tensor, .scale = scale});
      const double rounding = squared_rounding(run, tensor, checkpoints);
      rounding_ += rounding;
      few_values_ += rounding * std::min(1.0, kFewValues / values_of(run, tensor));
      dimension_ += finite_state_of(run, checkpoints.front(), tensor)->sketch.size();
    }
  }
  const double count = used_.empty() ? 1.0 : static_cast<double>(used_.size());
  rounding_ /= count;
  few_values_ /= count;
}

double Distances::squared(std::size_t a, std::size_t b) const {
  const std::size_t key = std::min(a, b) * run_.checkpoints.size() + std::max(a, b);
  const auto [place, is_new] = known_.try_emplace(key, 0.0);
  if (is_new && a != b) {
    double sum = 0.0;
    for (const Used& used : used_) {
      sum += squared_distance(finite_state_of(run_, a, used.tensor)->sketch,
                              finite_state_of(run_, b, used.tensor)->sketch) /
             used.scale;
    }
    place->second = sum / static_cast<double>(used_.size());
  }
  return place->second;
}

double Distances::cosine(std::size_t a, std::size_t b) const {
  double sum = 0.0;
  for (const Used& used : used_) {
    const std::vector<float>& one = finite_state_of(run_, a, used.tensor)->sketch;
    const std::vector<float>& other = finite_state_of(run_, b, used.tensor)->sketch;
    const double norms = std::sqrt(dot(one, one) * dot(other, other));
    sum += norms > 0.0 ? dot(one, other) / norms : 0.0;
  }
  return sum / static_cast<double>(used_.size());
}

}  // namespace hindcast::lint
