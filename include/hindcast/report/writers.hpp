#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/report/report.hpp"
#include "hindcast/report/text_style.hpp"

namespace hindcast::report {

/// The report as JSON ("hindcast.report/1"; its JSON Schema is src/report/report.schema.json).
[[nodiscard]] std::string to_json(const Report& report);

/// Takes the next part of a text.
using Sink = std::function<void(std::string_view part)>;

/// The same in parts, so that it need not be in memory as a whole.
void write_json(const Report& report, const Sink& sink);

/// The inspected files as JSON ("hindcast.inspect/1").
[[nodiscard]] std::string to_json(const InspectReport& report);

/// One CSV file of a report: tidy, RFC 4180 with LF, UTF-8, empty fields for missing values.
struct CsvFile {
  std::string name;     ///< "layers.csv".
  std::string content;  ///< All of the file.
};

/// layers.csv (one row per run, checkpoint, layer and unfolding), summary.csv (one per run and
/// checkpoint), scores.csv (one per run, checkpoint and logged number) and schedule.csv (one per
/// run, epoch and parameter).
[[nodiscard]] std::vector<CsvFile> to_csv(const Report& report);

/// Which row of a table comes first.
struct TableOrder {
  /// The end of the order that comes first.
  enum class First {
    worst,    ///< Where a source says which way is better; else the largest.
    lowest,   ///< Of the values.
    largest,  ///< Of the values.
  };

  std::string metric = {};     ///< Key of one of metrics(); empty: rows stay in their order.
  First first = First::worst;  ///< Which end.
};

/// What a table is to show.
struct TableOptions {
  bool verbose = false;                 ///< Layers of every run, and the place of every checkpoint.
  TextStyle style = {};                 ///< What the place it is shown in can show.
  TableOrder order = {};                ///< Of layers, or of runs where there are several.
  std::optional<std::size_t> top = {};  ///< Rows at most.
  bool legend = false;                  ///< Say below what the columns mean.
};

/// What a person reads on a terminal: one row per layer at the last checkpoint of the run, or one
/// row per run where there are several.
[[nodiscard]] std::string to_table(const Report& report, const TableOptions& options = {});

/// The rates of every tracked parameter over the epochs, one row each; of all where `verbose`.
[[nodiscard]] std::string to_schedule_table(const Report& report, const TableOptions& options = {});

/// The schedules alone, as schedule.csv.
[[nodiscard]] std::string to_schedule_csv(const Report& report);

/// What `inspect` prints.
[[nodiscard]] std::string to_table(const InspectReport& report);

/// "20 tensors = 7 analysed + 13 skipped (5 bias, 8 normalisation)"
[[nodiscard]] std::string describe(const Ledger& ledger);

}  // namespace hindcast::report
