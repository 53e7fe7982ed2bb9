#include "cli/signals_deferred.hpp"

namespace hindcast::cli {
namespace {

// The first that came, or 0.
volatile std::sig_atomic_t waiting = 0;

void remember(int signal) {
  if (waiting == 0) {
    waiting = signal;
  }
}

}  // namespace

SignalsDeferred::SignalsDeferred() noexcept {
  struct sigaction deferring = {};
  deferring.sa_handler = remember;
  deferring.sa_flags = SA_RESTART;
  sigfillset(&deferring.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) {
      sigaction(kSignals[i], &deferring, nullptr);
    }
  }
}

SignalsDeferred::~SignalsDeferred() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &before_[i], nullptr);
  }
  if (const int signal = waiting; signal != 0) {
    waiting = 0;
    raise(signal);
  }
}

}  // namespace hindcast::cli
