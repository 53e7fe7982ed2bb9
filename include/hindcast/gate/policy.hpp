#pragma once

#include <string_view>
#include <vector>

#include "hindcast/gate/rule.hpp"

namespace hindcast::gate {

/// Reads a policy: JSON with comments (src/gate/policy.schema.json), whose rules stand in the short
/// form or as objects. Every mistake is an error, also an unknown key; at least one rule is needed.
/// Throws Error with line and column.
[[nodiscard]] std::vector<Rule> read_policy(std::string_view text);

}  // namespace hindcast::gate
