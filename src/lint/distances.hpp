#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>
#include <vector>

#include "lint/observation.hpp"

namespace hindcast::lint {

/// How far the checkpoints of a run lie from each other, by the sketches of some of its tensors.
///
/// Each tensor counts alike, measured against its own mean squared norm, so that a large one does
/// not drown the others. Only tensors that every one of `checkpoints` has, finite, are used.
class Distances {
 public:
  Distances(const RunObservation& run, const std::vector<std::size_t>& tensors,
            const std::vector<std::size_t>& checkpoints);

  /// On how many numbers the estimates rest: 0 where no tensor can be used.
  [[nodiscard]] std::size_t dimension() const { return dimension_; }

  /// Squared; the mean over the tensors. Of checkpoints by their position in the run.
  [[nodiscard]] double squared(std::size_t a, std::size_t b) const;

  /// The squared distance at which every value is off by as much as it may have been rounded.
  [[nodiscard]] double rounding() const { return rounding_; }

  /// The same where only a few of them are: too few to tell anything.
  [[nodiscard]] double few_values() const { return few_values_; }

  /// Mean cosine over the tensors.
  [[nodiscard]] double cosine(std::size_t a, std::size_t b) const;

  /// <a - origin, b - origin>.
  [[nodiscard]] double product(std::size_t a, std::size_t b, std::size_t origin) const {
    return 0.5 * (squared(a, origin) + squared(b, origin) - squared(a, b));
  }

 private:
  struct Used {
    std::size_t tensor = 0;
    double scale = 1.0;
  };

  const RunObservation& run_;
  std::vector<Used> used_;
  std::size_t dimension_ = 0;
  double rounding_ = 0.0;
  double few_values_ = 0.0;
  mutable std::unordered_map<std::size_t, double> known_;
};

/// The state of a tensor at a checkpoint; null where it was not read.
[[nodiscard]] const TensorState* state_of(const RunObservation& run, std::size_t checkpoint,
                                          std::size_t tensor);

/// The same, and null where it has no sketch because a value is not finite.
[[nodiscard]] const TensorState* finite_state_of(const RunObservation& run, std::size_t checkpoint,
                                                 std::size_t tensor);

}  // namespace hindcast::lint
