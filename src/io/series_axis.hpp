#pragma once

#include <string>
#include <vector>

#include "io/series_entry.hpp"

namespace hindcast::io {

/// Numbered entries in their order, why it is that one, and where the numbers leave it open.
struct Ordered {
  std::vector<SeriesEntry> entries;
  SeriesOrder order;
  std::vector<std::string> warnings;
};

/// Sorts entries that all have a step or an epoch. A step that starts over with every epoch counts
/// within its epoch; a step that never moves gives way to an epoch that does.
[[nodiscard]] Ordered by_number(std::vector<SeriesEntry> numbered);

}  // namespace hindcast::io
