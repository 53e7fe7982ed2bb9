#pragma once

#include <string>

#include "lint/finding.hpp"

namespace hindcast::lint {

/// The findings as JSON ("hindcast.lint/1"; its JSON Schema is src/lint/lint.schema.json).
[[nodiscard]] std::string to_json(const LintReport& report);

/// What a person reads on a terminal: each run with its findings, worst first.
[[nodiscard]] std::string to_table(const LintReport& report);

/// Every kind of finding and what it means.
[[nodiscard]] std::string explain_kinds();

}  // namespace hindcast::lint
