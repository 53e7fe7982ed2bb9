#pragma once

#include <vector>

#include "hindcast/io/checkpoint_series.hpp"

namespace hindcast::io {

/// Puts the files of one run in order and finds the initial one. On entry `step` and `epoch` are
/// what the files themselves state and `initial` marks the one the user named, if any; `name` is
/// ignored. The result's own `name` and `failed` are left empty.
[[nodiscard]] CheckpointSeries arrange(std::vector<CheckpointFile> files);

}  // namespace hindcast::io
