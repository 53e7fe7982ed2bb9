#pragma once

#include <chrono>
#include <optional>

#include "cli/messages.hpp"
#include "cli/progress_line.hpp"

namespace hindcast::cli {

/// Progress on stderr: one line that is overwritten where stderr is a terminal; else, and only
/// where it was asked for, a line of its own now and then.
class ProgressDisplay {
 public:
  ProgressDisplay(const Messages& messages, bool asked_for);

  /// A new piece of work begins.
  void start() { started_ = Clock::now(); }
  void show(WorkDone work);
  /// The line must not stand in the way of what is printed next.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Kind { none, overwritten, lines };

  const Messages& messages_;
  Kind kind_;
  Clock::time_point started_ = Clock::now();
  std::optional<Clock::time_point> shown_;
};

/// Does a line of progress stand on the terminal, without an end? For handlers of signals.
[[nodiscard]] bool line_is_open() noexcept;

}  // namespace hindcast::cli
