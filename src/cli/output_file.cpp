#include "cli/output_file.hpp"

#include <system_error>

#include "hindcast/base/error.hpp"

#include "base/system_error.hpp"
#include "base/text.hpp"

namespace hindcast::cli {

AtomicFile output_file(const std::filesystem::path& path) {
  std::error_code failure;
  if (!std::filesystem::is_symlink(path, failure)) {
    return AtomicFile(path);
  }
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, failure);
  if (failure) {
    with_context(printable(path.string()), [&] { throw system_error(failure.value()); });
  }
  return AtomicFile(target);
}

}  // namespace hindcast::cli
