#pragma once

#include <vector>

#include "hindcast/report/report.hpp"

#include "gate/rule.hpp"

namespace hindcast::gate {

/// Does the rule judge this run?
[[nodiscard]] bool selects(const Rule& rule, const report::RunReport& run);

/// The checkpoints of a run that the rule judges.
[[nodiscard]] std::vector<const report::CheckpointReport*> selected_checkpoints(
    const Rule& rule, const report::RunReport& run);

}  // namespace hindcast::gate
