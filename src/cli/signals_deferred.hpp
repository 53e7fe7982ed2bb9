#pragma once

#include <array>
#include <csignal>

namespace hindcast::cli {

/// While it lives, a signal that asks the program to end (SIGINT, SIGTERM, SIGHUP) waits: files
/// that belong together are all there when it ends. Short, and one at a time.
class SignalsDeferred {
 public:
  SignalsDeferred() noexcept;
  SignalsDeferred(const SignalsDeferred&) = delete;
  SignalsDeferred& operator=(const SignalsDeferred&) = delete;
  SignalsDeferred(SignalsDeferred&&) = delete;
  SignalsDeferred& operator=(SignalsDeferred&&) = delete;
  /// A signal that came meanwhile ends the program now.
  ~SignalsDeferred();

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

  std::array<struct sigaction, kSignals.size()> before_ = {};
};

}  // namespace hindcast::cli
