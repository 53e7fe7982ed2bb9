#pragma once

#include <string>

#include "hindcast/report/report.hpp"
#include "hindcast/report/writers.hpp"

namespace hindcast::report {

/// What the columns of the table of this report mean, a line or two each.
[[nodiscard]] std::string legend_of(const Report& report, const TableOptions& options);

}  // namespace hindcast::report
