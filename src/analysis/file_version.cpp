#include "analysis/file_version.hpp"

#include <ctime>
#include <sys/stat.h>

#include <fmt/format.h>

namespace hindcast::analysis {
namespace {

// Of the coarsest clocks of file systems, in seconds.
constexpr std::time_t kTick = 2;

}  // namespace

std::optional<std::string> file_version(const std::filesystem::path& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_ctim.tv_sec + kTick >= std::time(nullptr)) {
    return std::nullopt;
  }
  return fmt::format("{} {} {} {}.{} {}.{}", status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

}  // namespace hindcast::analysis
