#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lint/distances.hpp"

namespace hindcast::lint {

// Is a series of checkpoints the path of one training?
//
// Training is a drift and a random walk, at a speed that schedules and spacing change as they like.
// For a walk squared distances add up along it: d2(a, c) = d2(a, b) + d2(b, c) for a before b
// before c, and a drift only makes the left side larger. Where training has settled, checkpoints
// scatter about a mean, and all distances are alike. In both the detour over b,
//
//   c(b) = d2(a, b) + d2(b, c) - d2(a, c),
//
// divided by d2(a, b) + d2(b, c), is between 0 (a walk, whatever the speeds) and 1/2 (scatter).
// Only weights that do not belong between a and c make it go towards 1; speeds cancel, so neither
// warm-up nor decay nor logarithmic spacing can.
//
// What is out of place has a place elsewhere, where its detour is small: for a walk 0 at the right
// place; for scatter the same everywhere. What has no such place is foreign.

/// What was found to leave the path.
struct OffPath {
  enum class How {
    out_of_order,  ///< Belongs elsewhere.
    foreign,       ///< Belongs nowhere.
    reset,         ///< Is near the first checkpoint again.
    other_run,     ///< Here begin weights that have nothing to do with those before.
    mixed,         ///< Here, and then again and again, stand weights of another run.
    jump,          ///< One step far longer than its neighbours, and the path goes on from there.
  };
  How how = How::foreign;
  std::size_t at = 0;  ///< The position of the checkpoint in the run.
  std::optional<std::size_t> other =
      {};  ///< In whose place it belongs, or whose copy it nearly is.
  bool is_near_copy = false;
};

/// What tells one number of the path from noise.
struct PathOptions {
  bool has_initial = false;        ///< Is the first the checkpoint before training?
  std::vector<double> times = {};  ///< By position in the run: when it was; empty: evenly spaced.
  double deviations = 4.5;         ///< How many standard deviations count as impossible.
};

/// `order` holds positions in the run, in the order that is claimed.
[[nodiscard]] std::vector<OffPath> off_path(const Distances& distances,
                                            const std::vector<std::size_t>& order,
                                            const PathOptions& options);

/// The detour over `order[index]` as a share of the way over it; nothing at the ends.
[[nodiscard]] std::optional<double> detour_share(const Distances& distances,
                                                 const std::vector<std::size_t>& order,
                                                 std::size_t index);

}  // namespace hindcast::lint
