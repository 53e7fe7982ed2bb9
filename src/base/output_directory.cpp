#include "base/output_directory.hpp"

#include <system_error>

#include "base/system_error.hpp"

namespace hindcast {
namespace {

void remove_if_empty(const std::vector<std::filesystem::path>& directories) {
  for (const std::filesystem::path& directory : directories) {
    std::error_code ignored;
    std::filesystem::remove(directory, ignored);
  }
}

}  // namespace

OutputDirectory::OutputDirectory(const std::filesystem::path& path) {
  const SignalsHeld held;
  std::error_code failure;
  std::filesystem::path inner = path.lexically_normal();
  while (!inner.empty() && !std::filesystem::exists(inner, failure) && !failure) {
    if (inner.has_filename()) {
      made_.push_back(inner);
    }
    inner = inner.parent_path();
  }
  std::filesystem::create_directories(path, failure);
  if (failure) {
    remove_if_empty(made_);
    throw system_error(failure.value());
  }
  for (const std::filesystem::path& made : made_) {
    unfinished_.emplace_back(made, Unfinished::Kind::directory);
  }
}

OutputDirectory::~OutputDirectory() {
  remove_if_empty(made_);
}

void OutputDirectory::keep() noexcept {
  made_.clear();
  unfinished_.clear();
}

}  // namespace hindcast
