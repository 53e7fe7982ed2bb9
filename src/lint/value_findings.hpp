#pragma once

#include <vector>

#include "lint/run_view.hpp"

namespace hindcast::lint {

/// NaN and infinite values, dead filters, and layers that come, go or change their shape.
[[nodiscard]] std::vector<Finding> find_bad_values(const RunView& view);

}  // namespace hindcast::lint
