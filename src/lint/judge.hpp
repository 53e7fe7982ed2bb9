#pragma once

#include "lint/finding.hpp"
#include "lint/observation.hpp"

namespace hindcast::lint {

/// What is wrong with a run, by what was observed of it. Reads no file; `rotations` of the findings
/// are left to who can.
[[nodiscard]] RunFindings judge(const RunObservation& run);

}  // namespace hindcast::lint
