#include "cli/output_file.hpp"

#include <system_error>

namespace hindcast::cli {

AtomicFile output_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return AtomicFile(std::filesystem::is_symlink(path, ignored)
                        ? std::filesystem::weakly_canonical(path, ignored)
                        : path);
}

}  // namespace hindcast::cli
