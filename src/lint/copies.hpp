#pragma once

#include <vector>

#include "lint/run_view.hpp"

namespace hindcast::lint {

/// Weights that stand at more than one step, to the last bit.
struct Copies {
  std::vector<Finding> findings = {};
  std::vector<std::size_t> genuine = {};  ///< Positions of checkpoints that repeat no other one.
  /// By tensor: positions at which it is a copy of another step's.
  std::vector<std::vector<std::size_t>> copied = {};
  std::vector<bool> stands_still = {};  ///< By tensor: it has no path, for it moved once at most.
};

[[nodiscard]] Copies find_copies(const RunView& view);

}  // namespace hindcast::lint
