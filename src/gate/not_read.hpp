#pragma once

#include <span>
#include <vector>

#include "gate/judge.hpp"

namespace hindcast::gate {

/// What the reports say they could not read.
[[nodiscard]] std::vector<NotRead> not_read_in(const report::Report& report,
                                               std::span<const report::Report* const> baselines);

}  // namespace hindcast::gate
