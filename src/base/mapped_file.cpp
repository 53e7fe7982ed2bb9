#include "base/mapped_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "hindcast/base/error.hpp"

#include "base/descriptor.hpp"
#include "base/system_error.hpp"

namespace hindcast {
namespace {

Descriptor opened(const std::filesystem::path& path) {
  // O_NONBLOCK: a pipe without a writer must not hang us before fstat can refuse it.
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) {
    throw system_error(errno);
  }
  return file;
}
FileState state_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .written_seconds = status.st_mtim.tv_sec,
          .written_nanoseconds = status.st_mtim.tv_nsec};
}

// A smaller file is unmapped before it matters; and every release makes all threads forget which
// pages are where.
constexpr std::size_t kWorthReleasing = std::size_t{16} << 20U;

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path)
    : MappedFile(opened(path).number(), path) {}

MappedFile::MappedFile(int descriptor, std::filesystem::path path) : path_(std::move(path)) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) {
    throw system_error(errno);
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::io,
                S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file");
  }
  state_ = state_of(status);
  if (status.st_size == 0) {
    return;  // mmap refuses an empty range; an empty span says the same.
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (address == MAP_FAILED) {
    throw system_error(errno);
  }
  bytes_ = {static_cast<const std::byte*>(address), size};
  watched_.emplace(bytes_);
}

void MappedFile::require_unchanged() const {
  struct stat now {};
  const bool is_there =
      stat(path_.c_str(), &now) == 0 && now.st_dev == state_.device && now.st_ino == state_.inode;
  if ((watched_ && watched_->lost()) || (is_there && now.st_size < state_.size)) {
    throw Error(ErrorCode::io, "was truncated while it was being read");
  }
  if (is_there && state_of(now) != state_) {
    throw Error(ErrorCode::io, "was changed while it was being read");
  }
}

void MappedFile::release(std::span<const std::byte> part) const noexcept {
  if (bytes_.size() < kWorthReleasing) {
    return;
  }
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::less_equal<const std::byte*> is_not_after;
  if (!is_not_after(bytes_.data(), part.data()) ||
      !is_not_after(part.data() + part.size(), bytes_.data() + bytes_.size())) {
    return;  // Not ours: the kernel would throw away what somebody wrote there.
  }
  const auto begin = static_cast<std::size_t>(part.data() - bytes_.data());
  // Whole pages only: those at the ends may hold what a neighbour reads.
  const std::size_t first = (begin + page - 1) / page * page;
  const std::size_t end = (begin + part.size()) / page * page;
  if (first < end) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): madvise takes no pointer to const.
    madvise(const_cast<std::byte*>(bytes_.data() + first), end - first, MADV_DONTNEED);
  }
}

MappedFile::~MappedFile() {
  watched_.reset();
  if (!bytes_.empty()) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): munmap takes no pointer to const.
    munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
}

}  // namespace hindcast
