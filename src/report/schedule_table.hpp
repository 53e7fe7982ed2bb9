#pragma once

#include <string>

#include "hindcast/report/report.hpp"

namespace hindcast::report {

/// What a schedule was made with and what to know of it, or why there is none; several lines.
[[nodiscard]] std::string schedule_lines(const RunReport& run);

}  // namespace hindcast::report
