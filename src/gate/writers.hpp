#pragma once

#include <cstddef>
#include <string>

#include "gate/judge.hpp"

namespace hindcast::gate {

// Each says also what was not read, and of a result with an error only that.

/// The verdicts as JSON ("hindcast.gate/1"; its JSON Schema is src/gate/gate.schema.json).
[[nodiscard]] std::string to_json(const GateResult& result);

/// JUnit XML: a suite for each rule, a case for each finding. What could not be judged is an error,
/// not a skipped case, because that would count as passed. No times, so that the same verdicts give
/// the same bytes.
[[nodiscard]] std::string to_junit(const GateResult& result);

/// GitHub Markdown for a pull request's comment or a step's summary: what failed, worst first, then
/// what could not be judged, then what passed. Never more than `most_bytes` (at least 1000): what
/// does not fit is left out, and a line says so.
[[nodiscard]] std::string to_markdown(const GateResult& result, std::size_t most_bytes);

/// Workflow commands that GitHub shows as annotations: an error for what failed, worst first, a
/// warning for what could not be judged; at most ten of each, as GitHub itself takes no more.
[[nodiscard]] std::string to_github_commands(const GateResult& result);

/// OpenMetrics text: a gauge for the verdict, one for each value that was judged, one for each
/// bound; with six digits, so that what did not change is the same text.
[[nodiscard]] std::string to_openmetrics(const GateResult& result);

/// What a person reads on a terminal.
[[nodiscard]] std::string to_table(const GateResult& result);

}  // namespace hindcast::gate
