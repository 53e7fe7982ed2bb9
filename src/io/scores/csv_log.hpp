#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/scores/score_log.hpp"

namespace hindcast::io {

/// Is a column with this name a learning rate? "lr", "learning_rate", "lr-Adam/pg1", "lr/pg0"; not
/// "lr-SGD-momentum".
[[nodiscard]] bool is_rate_name(std::string_view name);

/// The names of the columns of a table, without the spaces around them; empty where it is none.
/// Throws no Error.
[[nodiscard]] std::vector<std::string> csv_header(std::string_view text);

/// A log that is a table, separated by commas or, where its header has none, by semicolons or tabs:
/// `step` and `epoch`, in whatever case, and a column for every metric. Empty fields and words for
/// missing values say nothing; "nan" and "inf" say that there was no number. Columns without a
/// number, such as remarks, are left out. Throws Error: malformed, with the line, where a column
/// holds both numbers and other text.
[[nodiscard]] ScoreLog read_csv_log(std::string_view text);

/// The same of a table without an epoch: the first column, where it has no name, or else the number
/// of the row, counted from 0, is one.
[[nodiscard]] ScoreLog read_csv_log_by_rows(std::string_view text);

/// The same with the columns `run` and `checkpoint`, which hold names. Throws Error: malformed also
/// where no row has a step, an epoch or a checkpoint.
[[nodiscard]] ScoreLog read_csv_log_with_names(std::string_view text);

}  // namespace hindcast::io
