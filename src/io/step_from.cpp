#include "io/step_from.hpp"

#include <charconv>
#include <regex>
#include <system_error>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast::io {
namespace {

std::regex compiled(const std::string& pattern) {
  try {
    return std::regex(pattern, std::regex::ECMAScript);
  } catch (const std::regex_error&) {
    throw Error(ErrorCode::usage,
                fmt::format("--step-from: '{}' is no regular expression", printable(pattern)));
  }
}

}  // namespace

void check_step_pattern(const std::string& pattern) {
  static_cast<void>(compiled(pattern));
}

std::optional<std::int64_t> step_from(const std::string& pattern, const std::string& name) {
  std::smatch match;
  if (!std::regex_search(name, match, compiled(pattern))) {
    return std::nullopt;
  }
  const std::string digits = match[match.size() > 1 ? 1 : 0];
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    throw Error(ErrorCode::usage,
                fmt::format("--step-from: '{}' takes '{}' from '{}', which is no whole number",
                            printable(pattern), printable(digits), printable(name)));
  }
  return value;
}

}  // namespace hindcast::io
