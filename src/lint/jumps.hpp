#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lint/training_path.hpp"

namespace hindcast::lint {

// A return to the first checkpoint: a walk never goes there, and scatter begins there only once.
inline constexpr double kResetShare = 0.25;

/// How long the training was between two checkpoints, by their positions in the run; 1 where
/// nothing tells, or what tells goes backwards.
[[nodiscard]] double time_between(const PathOptions& options, std::size_t before,
                                  std::size_t after);

/// Below this squared distance the rounding of single precision, or of a few values, is all that
/// moved.
[[nodiscard]] double least_way(const Distances& distances);

/// Weights that never come back to the path: where does something else begin? The indices are of
/// `order`.
class Jumps {
 public:
  Jumps(const Distances& distances, const std::vector<std::size_t>& order,
        const PathOptions& options)
      : distances_(distances), order_(order), options_(options) {}

  /// Does what follows have nothing to do with what came before?
  [[nodiscard]] bool begins_another_run(std::size_t i) const {
    return turns_away(i) || forgets_its_way(i);
  }

  /// Is this one step far longer than those on both sides, for as long a training? No schedule has
  /// a single step like that.
  [[nodiscard]] bool is_jump(std::size_t i) const;

 private:
  [[nodiscard]] double rotation(std::size_t i) const;
  [[nodiscard]] double gap(std::size_t i) const;
  [[nodiscard]] bool turns_away(std::size_t i) const;
  [[nodiscard]] std::optional<double> kept_way(std::size_t i) const;
  [[nodiscard]] bool forgets_its_way(std::size_t i) const;

  const Distances& distances_;
  const std::vector<std::size_t>& order_;
  const PathOptions& options_;
};

}  // namespace hindcast::lint
