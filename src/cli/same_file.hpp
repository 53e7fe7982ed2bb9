#pragma once

#include <string>

namespace hindcast::cli {

/// Are these two paths one file, or would they be once it is there?
[[nodiscard]] bool are_one_file(const std::string& a, const std::string& b);

}  // namespace hindcast::cli
