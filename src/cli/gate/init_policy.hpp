#pragma once

#include "hindcast/cli/run.hpp"

#include "cli/gate/arguments.hpp"

namespace hindcast::cli {

/// hindcast gate REPORT --init-policy: a policy to begin with, to --output or stdout. Throws Error.
[[nodiscard]] ExitStatus init_policy(const GateArguments& arguments);

}  // namespace hindcast::cli
