#pragma once

#include <filesystem>

#include "hindcast/report/report.hpp"

namespace hindcast::analysis {

/// Puts the scores of a table the user gave in the place of those of a report, matched as they are
/// when checkpoints are analysed. What does not fit is a warning of its run. Throws Error with the
/// table's path: io or malformed where it cannot be read, usage where it does not tell the runs
/// apart.
void rescore(report::Report& report, const std::filesystem::path& table);

}  // namespace hindcast::analysis
