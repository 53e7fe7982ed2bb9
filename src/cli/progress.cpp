#include "cli/progress.hpp"

#include <atomic>
#include <unistd.h>

namespace hindcast::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenOverwrites(100);
constexpr std::chrono::seconds kBetweenLines(10);

std::atomic<bool> is_open = false;

}  // namespace

bool line_is_open() noexcept {
  return is_open;
}

ProgressDisplay::ProgressDisplay(const Messages& messages, bool asked_for)
    : messages_(messages),
      kind_(isatty(STDERR_FILENO) == 1 ? Kind::overwritten
            : asked_for                ? Kind::lines
                                       : Kind::none) {}

void ProgressDisplay::show(WorkDone work) {
  const Clock::time_point now = Clock::now();
  const Clock::duration pause =
      kind_ == Kind::lines ? Clock::duration(kBetweenLines) : Clock::duration(kBetweenOverwrites);
  // The first line of several comes after a while too: short work needs none.
  if (kind_ == Kind::none || now - shown_.value_or(started_) < pause) {
    return;
  }
  shown_ = now;
  work.elapsed = now - started_;
  if (kind_ == Kind::overwritten) {
    is_open = true;
    messages_.overwrite(progress_line(work, true));
  } else {
    messages_.remark(progress_line(work, false));
  }
}

void ProgressDisplay::clear() {
  if (kind_ == Kind::overwritten && shown_) {
    messages_.overwrite("");
    is_open = false;
    shown_.reset();
  }
}

}  // namespace hindcast::cli
