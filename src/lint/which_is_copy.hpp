#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lint/distances.hpp"

namespace hindcast::lint {

// Two checkpoints that follow each other have the same weights X. If the second is the copy, the
// way from the one before to X is one step's and the way from X to the one after is two; if the
// first is, it is the other way round. How long the steps are, a clock tells: what else moved at
// that time or, where nothing did, the number of steps, at a speed that those around show.

/// Positions in the run of two equal checkpoints and of their neighbours, as far as there are any.
struct EqualPair {
  std::size_t first = 0;
  std::size_t second = 0;
  std::optional<std::size_t> before = {};
  std::optional<std::size_t> after = {};
  std::optional<std::size_t> long_before = {};  ///< The one before `before`.
  std::optional<std::size_t> long_after = {};
};

struct WhichIsCopy {
  std::size_t genuine = 0;
  std::size_t copy = 0;
  bool is_certain =
      false;  ///< If not, `first` is taken to be genuine unless more speaks against it.
};

/// Of some tensors that are equal; `moving` is of others that moved at both of them.
[[nodiscard]] WhichIsCopy which_is_copy(const EqualPair& pair, const Distances& own,
                                        const Distances& moving);

/// Of whole checkpoints; `times` by position, or empty where nothing states them.
[[nodiscard]] WhichIsCopy which_is_copy(const EqualPair& pair, const Distances& own,
                                        const std::vector<double>& times);

}  // namespace hindcast::lint
