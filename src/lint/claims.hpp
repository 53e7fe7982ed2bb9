#pragma once

#include <vector>

#include "lint/run_view.hpp"

namespace hindcast::lint {

/// Where names, files and copies contradict each other about the step.
[[nodiscard]] std::vector<Finding> find_contradictions(const RunView& view);

}  // namespace hindcast::lint
