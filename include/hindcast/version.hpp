#pragma once

#include <string>
#include <string_view>

namespace hindcast {

/// The release, "0.1.0".
[[nodiscard]] std::string_view version() noexcept;

/// Release, commit and the versions of the libraries the program runs on, one a line.
[[nodiscard]] std::string version_report();

}  // namespace hindcast
