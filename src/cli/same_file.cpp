#include "cli/same_file.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast::cli {

bool are_one_file(const std::string& a, const std::string& b) {
  std::error_code failure;
  if (std::filesystem::equivalent(a, b, failure)) {
    return true;
  }
  const auto place = [](const std::string& path) {
    std::error_code unknown;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, unknown), unknown);
  };
  return !place(a).empty() && place(a) == place(b);
}

void refuse_repeated(const std::vector<std::string>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (are_one_file(paths[i], paths[j])) {
        throw Error(ErrorCode::usage,
                    fmt::format("'{}' and '{}' are the same, and would count twice",
                                printable(paths[j]), printable(paths[i])));
      }
    }
  }
}

}  // namespace hindcast::cli
