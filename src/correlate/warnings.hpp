#pragma once

#include <span>
#include <string>
#include <vector>

#include "correlate/correlate.hpp"
#include "correlate/scored_run.hpp"

namespace hindcast::correlate {

/// What to know of the runs before believing what is found: which are left out, and what else than
/// the score they differ in. `report` needs no more than its runs and its score.
[[nodiscard]] std::vector<std::string> warnings_of(const CorrelationReport& report,
                                                   std::span<const ScoredRun> runs);

}  // namespace hindcast::correlate
