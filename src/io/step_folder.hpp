#pragma once

#include <filesystem>
#include <optional>

#include "io/link_rule.hpp"

namespace hindcast::io {

/// The one checkpoint file in a directory that is named for a step or an epoch
/// ("global_step100/mp_rank_00_model_states.pt", "iter_0000100/mp_rank_00/model.pt"); nothing where
/// the name says no such thing or where there is not exactly one file that a reader recognises. A
/// link that `links` does not allow is not opened, and may be the one by its name.
[[nodiscard]] std::optional<std::filesystem::path> weights_in_step_folder(
    const std::filesystem::path& directory, const LinkRule& links);

}  // namespace hindcast::io
