#include "cli/messages.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

#include "hindcast/base/system_error.hpp"
#include "hindcast/base/text.hpp"

#include "cli/github_actions.hpp"

namespace hindcast::cli {
namespace {

bool stderr_is_terminal() {
  static const bool is_terminal = isatty(STDERR_FILENO) == 1;
  return is_terminal;
}

constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

void print_error(std::string_view message) {
  fmt::print(stderr, "hindcast: {}\n", line_for_log(std::string(message)));
}

void print_result(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    const Error reason = system_error(errno);
    throw Error(reason.code(), fmt::format("stdout: {}", reason.what()));
  }
}

void Messages::warning(std::string_view message) const {
  if (!quiet_) {
    fmt::print(stderr, "hindcast: warning: {}\n", line_for_log(std::string(message)));
  }
}

void Messages::trouble(std::string_view message, bool is_fatal) const {
  if (is_fatal) {
    print_error(message);
  } else {
    warning(message);
  }
}

void Messages::progress(std::size_t done, std::size_t total, std::string_view what) const {
  if (!quiet_ && stderr_is_terminal()) {
    fmt::print(stderr, "{}{}/{} {}", kClearLine, done, total, printable(what));
    std::fflush(stderr);
  }
}

void Messages::end_progress() const {
  if (!quiet_ && stderr_is_terminal()) {
    std::fputs(kClearLine, stderr);
  }
}

}  // namespace hindcast::cli
