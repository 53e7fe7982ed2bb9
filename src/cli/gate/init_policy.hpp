#pragma once

#include "cli/gate/arguments.hpp"
#include "cli/run.hpp"

namespace hindcast::cli {

/// hindcast gate REPORT --init-policy: a policy to begin with, to --output or stdout. Throws Error.
[[nodiscard]] ExitStatus init_policy(const GateArguments& arguments);

}  // namespace hindcast::cli
