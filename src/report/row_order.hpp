#pragma once

// Rows of a table in the order that was asked for.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "hindcast/report/writers.hpp"

namespace hindcast::report {

/// Ranks a value: rows with a greater rank come first. None for a mapping condition of 0, which
/// says that there is none.
[[nodiscard]] std::optional<double> rank_of(double value, const TableOrder& order);

/// The indices of the rows to show, in their order; `value_of(i)` is what row i is ordered by, and
/// rows without a value come last.
template <typename ValueOf>
[[nodiscard]] std::vector<std::size_t> rows_to_show(std::size_t count, const TableOptions& options,
                                                    const ValueOf& value_of) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (!options.order.metric.empty()) {
    std::vector<std::optional<double>> ranks;
    for (std::size_t i = 0; i < count; ++i) {
      const std::optional<double> value = value_of(i);
      ranks.push_back(value ? rank_of(*value, options.order) : std::nullopt);
    }
    // A missing rank is less than any other.
    std::ranges::stable_sort(rows,
                             [&](std::size_t a, std::size_t b) { return ranks[a] > ranks[b]; });
  }
  rows.resize(std::min(count, options.top.value_or(count)));
  return rows;
}

/// "and 3 more layers" for what was not shown; empty where all was.
[[nodiscard]] inline std::string more_of(std::size_t all, std::size_t shown,
                                         std::string_view thing) {
  return all <= shown
             ? ""
             : fmt::format("and {} more {}{}\n", all - shown, thing, all - shown == 1 ? "" : "s");
}

}  // namespace hindcast::report
