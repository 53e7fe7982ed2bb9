#include "analysis/machine_memory.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Nothing for "max", and where there is no such file.
std::optional<std::uint64_t> limit_in(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t limit = 0;
  return file >> limit ? std::optional(limit) : std::nullopt;
}

std::optional<std::uint64_t> least(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

// Within a container the group's path may be that on the host, which is not there to be seen: then
// the root is the group itself.
std::optional<std::uint64_t> least_limit(const fs::path& root, std::string_view group,
                                         const char* file) {
  std::optional<std::uint64_t> found = limit_in(root / file);
  fs::path path = root;
  for (const fs::path& part : fs::path(group).relative_path()) {
    path /= part;
    found = least(found, limit_in(path / file));
  }
  return found;
}

bool lists_memory(std::string_view controllers) {
  const std::vector<std::string_view> names = split(controllers, ',');
  return std::ranges::find(names, "memory") != names.end();
}

}  // namespace

std::optional<std::uint64_t> group_memory(std::string_view groups, const fs::path& root) {
  std::optional<std::uint64_t> found;
  for (const std::string_view line : split(groups, '\n')) {
    const std::vector<std::string_view> parts = split(line, ':');  // Number, controllers, path.
    if (parts.size() != 3) {
      continue;
    }
    if (parts[0] == "0" && parts[1].empty()) {
      found = least(found, least_limit(root, parts[2], "memory.max"));
    } else if (lists_memory(parts[1])) {
      found = least(found, least_limit(root / "memory", parts[2], "memory.limit_in_bytes"));
    }
  }
  return found;
}

std::uint64_t machine_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  const std::uint64_t installed =
      pages <= 0 || page <= 0
          ? std::numeric_limits<std::uint64_t>::max()
          : static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  const auto limit = group_memory(content_of("/proc/self/cgroup"), "/sys/fs/cgroup");
  return std::min(installed, limit.value_or(installed));
}

}  // namespace hindcast::analysis
