#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hindcast/report/report.hpp"

namespace hindcast::cli {

/// The runs of several reports as one, in their order and with the options of the first. Runs that
/// share a name are told apart by where they are from, so that no two have the same. `load` gives
/// the report of a path.
[[nodiscard]] report::Report join_reports(
    const std::vector<std::string>& paths,
    const std::function<report::Report(const std::string& path)>& load);

}  // namespace hindcast::cli
