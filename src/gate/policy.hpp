#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hindcast/report/report.hpp"

#include "gate/rule.hpp"

namespace hindcast::gate {

/// Reads a policy: JSON with comments (src/gate/policy.schema.json), whose rules stand in the short
/// form or as objects. Every mistake is an error, also an unknown key; at least one rule is needed.
/// Throws Error with line and column.
[[nodiscard]] std::vector<Rule> read_policy(std::string_view text);

/// A policy to begin with, commented, which a report that is known to be good passes: it came to
/// its end with all its layers, has moved and learned, and ended with scores not much worse. Bounds
/// allow a tenth or what a comment says; what the report cannot be judged by is a comment, too.
/// Throws Error{malformed} where there is nothing to judge.
[[nodiscard]] std::string make_policy(const report::Report& known_good);

}  // namespace hindcast::gate
