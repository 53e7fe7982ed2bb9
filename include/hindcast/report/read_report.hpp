#pragma once

#include <cstdint>
#include <string_view>

#include "hindcast/report/report.hpp"

namespace hindcast::report {

/// Values of a report, unless more are asked for: four times those of a thousand checkpoints of a
/// hundred layers.
inline constexpr std::uint64_t kMostReportValues = 40'000'000;

/// Reads what `to_json` wrote: the exact inverse, so that writing the result again gives the same
/// text. Fields it does not know are passed over, because fields are only ever added within a
/// version; those that an older report lacks are missing or empty in the result.
///
/// Throws Error{malformed} with line, column and JSON pointer where the text is no JSON or not a
/// report, a field has the wrong type or a number is out of range; Error{unsupported} for another
/// version of the report; Error{limit_exceeded} where it is nested too deeply or
/// has more than `most_values`.
[[nodiscard]] Report read_report(std::string_view json,
                                 std::uint64_t most_values = kMostReportValues);

}  // namespace hindcast::report
