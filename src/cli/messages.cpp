#include "cli/messages.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/system_error.hpp"
#include "base/text.hpp"
#include "cli/github_actions.hpp"
#include "cli/standard_streams.hpp"

namespace hindcast::cli {
namespace {

constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

void print_error(std::string_view message) {
  print_to_stderr(fmt::format("hindcast: {}\n", line_for_log(std::string(message))));
}

void print_result(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    const Error reason = system_error(errno);
    throw Error(reason.code(), fmt::format("stdout: {}", reason.what()));
  }
}

bool ToldBefore::is_new(std::string_view message) {
  return now_.emplace(message).second && !before_.contains(message);
}

void ToldBefore::next_round() {
  before_ = std::exchange(now_, {});
}

void Messages::warning(std::string_view message) const {
  if (!quiet_ && is_new(message)) {
    print_to_stderr(fmt::format("hindcast: warning: {}\n", line_for_log(std::string(message))));
  }
}

void Messages::note(std::string_view message) const {
  print_error(message);
}

void Messages::trouble(std::string_view message, bool is_fatal) const {
  if (!is_fatal) {
    warning(message);
  } else if (is_new(message)) {
    print_error(message);
  }
}

void Messages::remark(std::string_view message) const {
  if (!quiet_) {
    print_error(message);
  }
}

void Messages::overwrite(std::string_view line) const {
  if (!quiet_) {
    print_to_stderr(fmt::format("{}{}", kClearLine, printable_line(line)));
    std::fflush(stderr);
  }
}

}  // namespace hindcast::cli
