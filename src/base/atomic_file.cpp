#include "base/atomic_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "hindcast/base/error.hpp"

#include "base/system_error.hpp"
#include "base/text.hpp"

namespace hindcast {
namespace {

// Ends in six characters that nobody else has drawn, as mkstemp's do. Made by open(2), so that the
// system applies the mask of modes: that can only be read by setting it, for all threads at once.
int create_beside(const std::string& path, std::string& name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr int kTries = 100;
  std::random_device random;
  std::uniform_int_distribution<std::size_t> draw(0, kLetters.size() - 1);
  for (int i = 0; i < kTries; ++i) {
    name = path + '.';
    for (int letter = 0; letter < 6; ++letter) {
      name += kLetters[draw(random)];
    }
    const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) {
      return fd;
    }
  }
  return -1;
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
    std::string name;
    fd_ = create_beside(path_.string(), name);
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

void AtomicFile::append(std::string_view content) {
  with_context(printable(path_.string()), [&] {
    while (!content.empty()) {
      const ssize_t written = write(fd_, content.data(), content.size());
      if (written < 0 && errno != EINTR) {
        throw system_error(errno);
      }
      content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
  });
}

void AtomicFile::commit(std::string_view content, Durability durability) {
  append(content);
  with_context(printable(path_.string()), [&] {
    if ((durability == Durability::content && fsync(fd_) != 0) ||
        std::rename(temporary_.c_str(), path_.c_str()) != 0) {
      throw system_error(errno);
    }
  });
  close(std::exchange(fd_, -1));
  unfinished_.reset();
}

}  // namespace hindcast
