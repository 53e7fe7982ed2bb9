#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "hindcast/report/report.hpp"

namespace hindcast::html {

/// What the charts of a run have on their horizontal axis.
struct TimeAxis {
  std::string_view by;         ///< "epoch", "step" or, where neither is known, "checkpoint".
  std::vector<double> places;  ///< One for each checkpoint, ascending.
};

/// The axis that all runs share: steps or epochs where every checkpoint of every run states them in
/// ascending order, else the checkpoints one after the other. Initial weights without a number
/// stand one before the first.
[[nodiscard]] std::vector<TimeAxis> time_axes(const report::Report& report);

}  // namespace hindcast::html
