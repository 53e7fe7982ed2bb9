#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "compare/compare.hpp"

namespace hindcast::compare {

// Each shows at most `top` entries of a list that stands worst first, and says how many there are.

/// JSON ("hindcast.compare/1"; its JSON Schema is src/compare/compare.schema.json).
[[nodiscard]] std::string to_json(const Comparison& comparison, std::optional<std::size_t> top);

/// One table, a row for each change, each tensor and each layer without a counterpart.
[[nodiscard]] std::string to_csv(const Comparison& comparison, std::optional<std::size_t> top);

/// GitHub Markdown for a comment.
[[nodiscard]] std::string to_markdown(const Comparison& comparison, std::size_t top);

/// What a person reads on a terminal.
[[nodiscard]] std::string to_table(const Comparison& comparison, std::size_t top);

}  // namespace hindcast::compare
