#include "cli/same_file.hpp"

#include <filesystem>
#include <system_error>

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

}  // namespace hindcast::cli
