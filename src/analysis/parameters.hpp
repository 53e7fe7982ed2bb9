#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/opened_table.hpp"
#include "report/run_record.hpp"

namespace hindcast::analysis {

using report::Parameter;

/// The parameters of a checkpoint in its own order.
[[nodiscard]] std::vector<Parameter> parameters_of(const OpenedTable& table);

/// The parameters in the order the user gave. Throws Error{usage} unless `order` names each exactly
/// once.
[[nodiscard]] std::vector<Parameter> reordered(const std::vector<Parameter>& parameters,
                                               std::span<const std::string> order);

}  // namespace hindcast::analysis
