#include "hindcast/base/atomic_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "hindcast/base/error.hpp"
#include "hindcast/base/system_error.hpp"
#include "hindcast/base/text.hpp"

namespace hindcast {
namespace {

// What open(2) would have given a new file; mkstemp always gives 0600.
mode_t default_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return static_cast<mode_t>(0666) & ~mask;
}

void require_replaceable(const std::filesystem::path& path) {
  std::error_code ignored;  // What is not there can be made, or mkostemp says why not.
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status)) {
    throw Error(ErrorCode::io, "is a directory");
  }
  if (std::filesystem::is_other(status)) {
    throw Error(ErrorCode::io, "is not a regular file");
  }
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  with_context(printable(path_.string()), [this] {
    require_replaceable(path_);
    const SignalsHeld held;
    std::string name = path_.string() + ".XXXXXX";
    fd_ = mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0) {
      throw system_error(errno);
    }
    temporary_ = name;
    unfinished_.emplace(temporary_, Unfinished::Kind::file);
  });
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)),
      unfinished_(std::move(other.unfinished_)) {}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) {
    close(fd_);
    unlink(temporary_.c_str());
  }
}

void AtomicFile::commit(std::string_view content) {
  with_context(printable(path_.string()), [&] {
    while (!content.empty()) {
      const ssize_t written = write(fd_, content.data(), content.size());
      if (written < 0 && errno != EINTR) {
        throw system_error(errno);
      }
      content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    if (fchmod(fd_, default_mode()) != 0 || fsync(fd_) != 0 ||
        std::rename(temporary_.c_str(), path_.c_str()) != 0) {
      throw system_error(errno);
    }
  });
  close(std::exchange(fd_, -1));
  unfinished_.reset();
}

}  // namespace hindcast
