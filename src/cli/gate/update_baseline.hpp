#pragma once

#include "cli/gate/arguments.hpp"
#include "cli/run.hpp"

namespace hindcast::cli {

/// hindcast gate REPORT --baseline FILE --update-baseline: the report takes the baseline's place,
/// and what changed is shown. Throws Error; the baseline is then as it was.
[[nodiscard]] ExitStatus update_baseline(const GateArguments& arguments);

}  // namespace hindcast::cli
