#include "io/link_rule.hpp"

#include <algorithm>
#include <system_error>

namespace hindcast::io {

bool LinkRule::allows(const std::filesystem::path& path) const {
  if (follow || root.empty()) {
    return true;
  }
  std::error_code error;
  const std::filesystem::path inner = std::filesystem::canonical(path, error);
  const std::filesystem::path outer =
      error ? std::filesystem::path() : std::filesystem::canonical(root, error);
  return error ||
         std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace hindcast::io
