// Opens the files a checkpoint names (ONNX external data, shards of safetensors) without following
// a name out of the checkpoint's own folder: openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS
// and RESOLVE_NO_MAGICLINKS, or openat(2) with O_NOFOLLOW on every component where the kernel or a
// sandbox has no openat2. Looking first and opening then could be raced, so nothing looks first.
//
// https://man7.org/linux/man-pages/man2/openat2.2.html
// https://github.com/onnx/onnx/blob/main/docs/ExternalDataSecurity.md

#include "io/container/contained_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/descriptor.hpp"
#include "base/mapped_file.hpp"
#include "base/system_error.hpp"
#include "base/text.hpp"

namespace hindcast::io {
namespace {

// O_NONBLOCK: a pipe without a writer must not hang us before fstat can refuse it.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::string_view objection_to_name(std::string_view relative) {
  constexpr std::size_t kLongestPath = 4095;  // PATH_MAX without its NUL.
  if (relative.empty()) {
    return "is empty";
  }
  if (relative.size() > kLongestPath) {
    return "is longer than any path";
  }
  if (relative.find('\0') != std::string_view::npos) {
    return "holds a NUL";
  }
  if (relative.find('\\') != std::string_view::npos) {
    return "holds a backslash";
  }
  if (relative.front() == '/') {
    return "is absolute";
  }
  const auto parts = split(relative, '/');
  return std::ranges::find(parts, "..") != parts.end() ? "leads upwards" : "";
}

int open_beneath(int folder, const std::string& relative) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(kReadFlags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = syscall(SYS_openat2, folder, relative.c_str(), &how, sizeof(how));
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {  // An old kernel; a strict sandbox.
    return detail::open_beneath_by_components(folder, relative);
  }
  return static_cast<int>(fd);
}

[[noreturn]] void refuse(int error_number) {
  if (error_number == ELOOP) {
    throw Error(ErrorCode::io,
                "is, or lies behind, a symbolic link, which is followed with --follow-links only");
  }
  throw system_error(error_number);
}

void require_plain(int fd, HardLinks hard_links) {
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    throw system_error(errno);
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::io,
                S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file");
  }
  if (hard_links == HardLinks::refused && status.st_nlink > 1) {
    throw Error(ErrorCode::io,
                fmt::format("has {} hard links, so it may be a file from elsewhere; copy it",
                            status.st_nlink));
  }
}

}  // namespace

namespace detail {

int open_beneath_by_components(int folder, std::string_view relative) {
  Descriptor inner;
  int at = folder;
  std::vector<std::string_view> parts = split(relative, '/');
  std::erase(parts, "");
  std::erase(parts, ".");
  if (parts.empty()) {
    errno = EISDIR;
    return -1;
  }
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const std::string part(parts[i]);
    inner = Descriptor(openat(at, part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    at = inner.number();
    if (at < 0) {
      return -1;
    }
  }
  return openat(at, std::string(parts.back()).c_str(), kReadFlags | O_NOFOLLOW);
}

}  // namespace detail

std::shared_ptr<const MappedFile> open_contained(const std::filesystem::path& folder,
                                                 std::string_view relative,
                                                 SymbolicLinks symbolic_links,
                                                 HardLinks hard_links) {
  const std::string shown = fmt::format("file '{}'", printable(relative));
  if (const std::string_view objection = objection_to_name(relative); !objection.empty()) {
    throw Error(ErrorCode::malformed, fmt::format("{}: its name {}", shown, objection));
  }
  return with_context(shown, [&] {
    const std::string directory = folder.empty() ? "." : folder.string();
    const Descriptor root(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (root.number() < 0) {
      throw system_error(errno);
    }
    const std::string name(relative);
    const Descriptor file(symbolic_links == SymbolicLinks::followed
                              ? openat(root.number(), name.c_str(), kReadFlags)
                              : open_beneath(root.number(), name));
    if (file.number() < 0) {
      refuse(errno);
    }
    require_plain(file.number(), hard_links);
    return std::make_shared<const MappedFile>(file.number(), folder / relative);
  });
}

std::shared_ptr<const MappedFile> open_contained(const std::filesystem::path& folder,
                                                 std::string_view relative) {
  return open_contained(folder, relative, SymbolicLinks::refused, HardLinks::allowed);
}

}  // namespace hindcast::io
