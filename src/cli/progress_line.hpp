#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace hindcast::cli {

/// How far a piece of work has come.
struct WorkDone {
  std::size_t checkpoints = 0;
  std::size_t checkpoints_in_all = 0;
  double flops = 0.0;
  double flops_in_all = 0.0;
  std::chrono::duration<double> elapsed = {};
};

/// "[#####---------------]  25%  3/12 checkpoints  41.2 GF/s  about 0:35 left"; without the bar for
/// a line that stays. The share is that of the floating point operations, which are what takes the
/// time, and that of the checkpoints only where there are none.
[[nodiscard]] std::string progress_line(const WorkDone& work, bool with_bar);

}  // namespace hindcast::cli
