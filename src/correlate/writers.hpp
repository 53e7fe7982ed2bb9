#pragma once

#include <cstddef>
#include <string>

#include "correlate/correlate.hpp"

namespace hindcast::correlate {

/// As JSON ("hindcast.correlate/1"; its JSON Schema is src/correlate/correlate.schema.json).
[[nodiscard]] std::string to_json(const CorrelationReport& report);

/// One row for each metric, view and coefficient.
[[nodiscard]] std::string to_csv(const CorrelationReport& report);

/// What a person reads on a terminal: both views, the `most` metrics least likely to be luck first.
[[nodiscard]] std::string to_table(const CorrelationReport& report, std::size_t most);

/// One line that names the metrics whose two views contradict each other, for certain or possibly;
/// empty where none does.
[[nodiscard]] std::string paradox_line(const CorrelationReport& report, Contradiction which);

}  // namespace hindcast::correlate
