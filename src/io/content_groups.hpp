#pragma once

#include <vector>

#include "hindcast/io/checkpoint_series.hpp"

namespace hindcast::io {

/// Sets `content` of every file: equal where two hold the same weights.
///
/// Files with the same bytes do. Those that are called best, last or final, that claim the place of
/// another one or alone have no number are also compared by the values of their tensors, since a
/// copy often carries another optimiser state. Reads little where the weights differ early, which
/// they do wherever one was trained on.
void assign_content(std::vector<CheckpointFile>& files, const Limits& limits);

}  // namespace hindcast::io
