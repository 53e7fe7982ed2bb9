#pragma once

#include <vector>

#include "hindcast/io/checkpoint_series.hpp"

namespace hindcast::io {

/// Puts the files of one run in order and finds the initial one. On entry `step` and `epoch` are
/// what the files themselves (or the user) state, `initial` marks the one the user named, if any,
/// and `content` says which hold equal weights; `name` is ignored. The result's own `name` and
/// `failed` are left empty.
[[nodiscard]] CheckpointSeries arrange(std::vector<CheckpointFile> files);

/// The files of a manifest, which stay in its order but for the initial one, which comes first; it
/// is the manifest's, or the one the user gave.
[[nodiscard]] CheckpointSeries arrange_as_listed(std::vector<CheckpointFile> files,
                                                 bool initial_is_given);

}  // namespace hindcast::io
