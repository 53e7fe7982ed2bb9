#pragma once

#include <optional>
#include <string>

#include <fmt/format.h>

namespace hindcast::report {

/// Four significant digits, which is what a person compares; "-" where there is none.
[[nodiscard]] inline std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

}  // namespace hindcast::report
