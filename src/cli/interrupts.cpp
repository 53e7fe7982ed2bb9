#include "cli/interrupts.hpp"

#include <csignal>
#include <unistd.h>

#include "base/unfinished.hpp"
#include "cli/progress.hpp"

namespace hindcast::cli {
namespace {

constexpr int kSignalled = 128;

// A process that was forked to read a file has this handler for a moment, and made no file.
pid_t owner = 0;

void clean_up() noexcept {
  if (getpid() != owner) {
    return;
  }
  Unfinished::stop_makers();
  Unfinished::remove_all();
  if (line_is_open()) {
    // The shell's prompt does not belong behind how far the work had come.
    [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, "\n", 1);
  }
}

void leave(int signal) noexcept {
  clean_up();
  _exit(kSignalled + signal);
}

// Nobody reads on: the quiet end that the shell expects of a pipeline.
void die(int signal) noexcept {
  clean_up();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) {
    return;
  }
  action = {};
  action.sa_handler = handler;
  sigfillset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void handle_interrupts() {
  owner = getpid();
  handle(SIGINT, leave);
  handle(SIGTERM, leave);
  handle(SIGHUP, leave);
  handle(SIGPIPE, die);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace hindcast::cli
