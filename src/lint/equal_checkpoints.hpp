#pragma once

#include <cstddef>
#include <vector>

#include "lint/run_view.hpp"

namespace hindcast::lint {

/// Whole checkpoints whose trained weights stand at another step, too, to the last bit.
struct EqualCheckpoints {
  std::vector<Finding> findings = {};
  std::vector<std::size_t> genuine = {};  ///< Positions of those that repeat no other one.
};

[[nodiscard]] EqualCheckpoints find_equal_checkpoints(const RunView& view);

}  // namespace hindcast::lint
