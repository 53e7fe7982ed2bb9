#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hindcast/report/report.hpp"
#include "hindcast/report/text_style.hpp"

namespace hindcast::report {

/// The score to show where there is room for one: the best-known measure of accuracy that the run
/// logged, else the first of its scores; empty where it has none.
[[nodiscard]] std::string leading_score(const RunReport& run);

[[nodiscard]] std::optional<double> score_of(const CheckpointReport& checkpoint,
                                             std::string_view name);

/// One line: the leading score at the last checkpoint that has it, and where it is from. Empty
/// where the run has no scores.
[[nodiscard]] std::string scores_line(const RunReport& run);

/// One line: how many of the prescribed rates the training really used, or near enough. Empty where
/// no used rate is known.
[[nodiscard]] std::string used_rates_line(const ScheduleReport& schedule);

/// The prescribed rates beside the used ones, one row per epoch, and a blank line. Empty where no
/// used rate is known.
[[nodiscard]] std::string rates_table(const RunReport& run, const TextStyle& style);

}  // namespace hindcast::report
