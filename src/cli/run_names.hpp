#pragma once

#include <string>
#include <vector>

#include "hindcast/report/report.hpp"

namespace hindcast::cli {

/// Renames runs of several reports that share a name, such as that of the folder they were written
/// to: "seed_1.json:run". `from` says for each run which report it is of.
void tell_names_apart(std::vector<report::RunReport>& runs, const std::vector<std::string>& from);

}  // namespace hindcast::cli
