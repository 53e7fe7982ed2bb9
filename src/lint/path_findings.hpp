#pragma once

#include <vector>

#include "lint/copies.hpp"
#include "lint/run_view.hpp"

namespace hindcast::lint {

/// What leaves the path of the training, checkpoints and single layers, besides exact copies.
[[nodiscard]] std::vector<Finding> find_off_path(const RunView& view, const Copies& copies);

}  // namespace hindcast::lint
