#pragma once

#include <filesystem>
#include <vector>

#include "io/link_rule.hpp"

namespace hindcast::io {

/// What a directory that is named for a step or an epoch holds of that moment.
struct StepFolder {
  /// One file: the checkpoint ("iter_0000100/mp_rank_00/model.pt"). Several: networks that were
  /// trained together ("epoch_1/generator.h5", "epoch_1/discriminator.h5").
  std::vector<std::filesystem::path> networks;
  std::vector<std::filesystem::path> ranks;  ///< Model-parallel shards: parts of one checkpoint.
};

/// Empty where the name says no step, or where what lies in it is a series of its own. Looks two
/// levels deep, for files that a reader recognises. A link that `links` does not allow is not
/// opened, and goes by its name.
[[nodiscard]] StepFolder look_into_step_folder(const std::filesystem::path& directory,
                                               const LinkRule& links);

}  // namespace hindcast::io
