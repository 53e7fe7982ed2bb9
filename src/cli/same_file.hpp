#pragma once

#include <string>

namespace hindcast::cli {

/// Do both paths lead to one file, also one that is still to be written? Throws no Error.
[[nodiscard]] bool are_one_file(const std::string& a, const std::string& b);

}  // namespace hindcast::cli
