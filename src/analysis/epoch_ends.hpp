#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hindcast::analysis {

/// When a checkpoint was written, as far as the run tells.
struct Moment {
  std::string checkpoint;
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
};

/// Which checkpoints of a run stand at the end of an epoch, the initial one aside.
struct EpochEnds {
  std::vector<std::size_t> moments;   ///< Indices into the moments, in order.
  std::vector<std::int64_t> missing;  ///< Epochs without a checkpoint, by the run's own count.
  std::int64_t missing_count = 0;     ///< All of them; `missing` lists the first ten thousand.
  std::vector<std::string> notes;     ///< Where the checkpoints are not what RMSGD would have seen.
};

/// With `steps_per_epoch` only checkpoints at its multiples count; without it every one does.
/// `before`: the epoch that the initial checkpoint states, -1 where the first one trained is 0.
/// Throws Error{usage} where steps are needed and a checkpoint states none.
[[nodiscard]] EpochEnds epoch_ends(std::span<const Moment> moments,
                                   std::optional<std::int64_t> steps_per_epoch,
                                   std::optional<std::int64_t> before = {});

}  // namespace hindcast::analysis
