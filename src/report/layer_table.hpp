#pragma once

#include <string>
#include <vector>

#include "hindcast/report/report.hpp"
#include "hindcast/report/writers.hpp"

namespace hindcast::report {

/// A metric that has a column, and its heading.
struct Shown {
  std::string heading;
  std::string key;
};

/// The metrics that were asked for, or the usual ones.
[[nodiscard]] std::vector<Shown> shown_of(const OptionsEcho& asked, std::vector<Shown> usual);

/// The same, with the one that rows are ordered by.
[[nodiscard]] std::vector<Shown> shown_of(const OptionsEcho& asked, std::vector<Shown> usual,
                                          const TableOrder& order);

/// One row per layer of the last checkpoint of a run, and below what was left out of it.
[[nodiscard]] std::string layer_table(const RunReport& run, const OptionsEcho& asked,
                                      const TableOptions& options);

/// What was left out of a table for want of room; empty where nothing was.
[[nodiscard]] std::string no_room_line(const std::vector<std::string>& titles,
                                       const TextStyle& style);

}  // namespace hindcast::report
