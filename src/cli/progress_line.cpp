#include "cli/progress_line.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace hindcast::cli {
namespace {

constexpr std::size_t kBarWidth = 20;
// Before that, the time left is a guess from nothing.
constexpr double kLeastShare = 0.01;

double share_of(const WorkDone& work) {
  if (work.flops_in_all > 0.0) {
    return std::clamp(work.flops / work.flops_in_all, 0.0, 1.0);
  }
  return work.checkpoints_in_all > 0
             ? static_cast<double>(work.checkpoints) / static_cast<double>(work.checkpoints_in_all)
             : 0.0;
}

// "0:35", "12:05", "3:00:00"
std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::min(std::ceil(seconds), 1e9));
  const std::int64_t hours = whole / 3600;
  const std::int64_t minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string bar(double share) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(kBarWidth));
  return fmt::format("[{}{}] ", std::string(full, '#'), std::string(kBarWidth - full, '-'));
}

}  // namespace

std::string progress_line(const WorkDone& work, bool with_bar) {
  const double share = share_of(work);
  const double seconds = work.elapsed.count();
  std::string line =
      fmt::format("{}{:3.0f}%  {}/{} checkpoints", with_bar ? bar(share) : "",
                  std::floor(100.0 * share), work.checkpoints, work.checkpoints_in_all);
  if (seconds > 0.0 && work.flops > 0.0) {
    line += fmt::format("  {:.1f} GF/s", work.flops / seconds / 1e9);
  }
  if (share >= kLeastShare && share < 1.0) {
    line += fmt::format("  about {} left", clock_text(seconds * (1.0 - share) / share));
  }
  return line;
}

}  // namespace hindcast::cli
