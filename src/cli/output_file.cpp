#include "cli/output_file.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"

namespace hindcast::cli {

AtomicFile output_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_other(path, ignored)) {
    throw Error(ErrorCode::io, fmt::format("{}: is not a regular file", printable(path.string())));
  }
  return AtomicFile(std::filesystem::is_symlink(path, ignored)
                        ? std::filesystem::weakly_canonical(path, ignored)
                        : path);
}

}  // namespace hindcast::cli
