// DIRECTORY/CACHEDIR.TAG             says what this is, to us and to backups
// DIRECTORY/ab/cdef...               one text: the SHA-256 of its key is abcdef...
//
// A file begins with a line that holds the SHA-256 of its key and the rest. That, and not a flush
// to the disk for each of ten thousand files, is what makes them safe against a power cut: what did
// not arrive whole, or stands under another name, is noticed and made again.

#include "base/text_cache.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/atomic_file.hpp"
#include "base/descriptor.hpp"
#include "base/sha256.hpp"
#include "base/system_error.hpp"
#include "base/text.hpp"

namespace hindcast {
namespace {

using Clock = std::chrono::system_clock;

constexpr std::string_view kTagName = "CACHEDIR.TAG";
// The first line is what programs for backups look for: https://bford.info/cachedir/
constexpr std::string_view kTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Measurements that hindcast need not make again. \"hindcast cache prune\" removes old "
    "ones.\n";
// In the tag of each of our versions.
constexpr std::string_view kOurs = "\"hindcast cache prune\"";
constexpr std::string_view kHeader = "hindcast.cache/2 ";
constexpr std::size_t kDigits = 64;
// More than any text that is kept has, so that a foreign file is not taken into memory.
constexpr std::uint64_t kMostBytes = 16ULL << 20U;
// When a text was used is noted no finer than this: it costs a write.
constexpr std::chrono::hours kUseNoted(24);
// No process takes so long to write one text.
constexpr std::chrono::hours kLeftOver(1);

std::string digest_of(std::string_view text) {
  return sha256(std::as_bytes(std::span(text)));
}

// The kind of what is there itself, and not of what a link leads to.
mode_t kind_of(const std::filesystem::path& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

bool is_own_folder(const std::filesystem::path& path) {
  return kind_of(path) == S_IFDIR;
}

// A regular file that is not too large, and when it was written. No link is followed.
struct Content {
  std::string text;
  Clock::time_point written;
};

std::optional<Content> read_file(const std::filesystem::path& path) {
  // O_NONBLOCK: nothing must hang us before fstat can refuse it.
  const Descriptor file(
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  struct stat status = {};
  if (file.number() < 0 || fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) > kMostBytes) {
    return std::nullopt;
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = read(file.number(), text.data() + done, text.size() - done);
    if (count == 0 || (count < 0 && errno != EINTR)) {
      return std::nullopt;
    }
    done += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  return Content{.text = std::move(text), .written = Clock::from_time_t(status.st_mtime)};
}

std::vector<std::filesystem::path> listed(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code failure;
  std::filesystem::directory_iterator entry(directory, failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    paths.push_back(entry->path());
  }
  if (failure) {
    with_context(printable(directory.string()), [&] { throw system_error(failure.value()); });
  }
  return paths;
}

std::string digest_of(std::string_view key, std::string_view text) {
  return digest_of(fmt::format("{}\n{}{}", key.size(), key, text));
}

// The text of a file that is whole, and that of this key.
std::optional<std::string> checked(std::string_view key, std::string_view content) {
  if (!content.starts_with(kHeader)) {
    return std::nullopt;
  }
  content.remove_prefix(kHeader.size());
  if (content.size() <= kDigits || content[kDigits] != '\n') {
    return std::nullopt;
  }
  const std::string_view text = content.substr(kDigits + 1);
  return digest_of(key, text) == content.substr(0, kDigits) ? std::optional(std::string(text))
                                                            : std::nullopt;
}

struct Entry {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  Clock::time_point used;
};

std::optional<Entry> entry_of(const std::filesystem::path& path) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return Entry{.path = path,
               .bytes = static_cast<std::uint64_t>(status.st_size),
               .used = Clock::from_time_t(status.st_mtime)};
}

void note_use(const std::filesystem::path& path, Clock::time_point noted) {
  if (Clock::now() - noted > kUseNoted) {
    utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  }
}

bool is_hexadecimal(std::string_view text, std::size_t length) {
  return text.size() == length && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Files with our own kind of names, and nothing else, whatever else there may be.
std::vector<Entry> entries_in(const std::filesystem::path& directory, bool unfinished) {
  std::vector<Entry> entries;
  for (const std::filesystem::path& folder : listed(directory)) {
    if (!is_hexadecimal(folder.filename().string(), 2) || !is_own_folder(folder)) {
      continue;
    }
    for (const std::filesystem::path& file : listed(folder)) {
      const std::string name = file.filename().string();
      // AtomicFile's: ".XXXXXX" after the name.
      const bool is_unfinished = name.size() == kDigits - 2 + 7 && name[kDigits - 2] == '.';
      if (!is_hexadecimal(name.substr(0, kDigits - 2), kDigits - 2) ||
          (name.size() != kDigits - 2 && !is_unfinished) || is_unfinished != unfinished) {
        continue;
      }
      if (std::optional<Entry> entry = entry_of(file)) {
        entries.push_back(*std::move(entry));
      }
    }
  }
  return entries;
}

// Another process may have removed it first.
void remove_entry(const Entry& entry) {
  std::error_code failure;
  std::filesystem::remove(entry.path, failure);
  if (failure) {
    with_context(printable(entry.path.string()), [&] { throw system_error(failure.value()); });
  }
}

// Also while another process is just making it.
bool could_be_a_cache(const std::filesystem::path& directory) {
  return std::ranges::all_of(listed(directory), [](const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    return name.starts_with(kTagName) || is_hexadecimal(name, 2);
  });
}

// Is there a tag? One that other programs leave in their caches is no leave to write there.
bool is_tagged(const std::filesystem::path& directory) {
  const std::filesystem::path tag = directory / kTagName;
  if (kind_of(tag) == 0) {
    return false;
  }
  const std::optional<Content> content = read_file(tag);
  if (!content || content->text.find(kOurs) == std::string::npos) {
    throw Error(ErrorCode::usage,
                fmt::format("is no cache of hindcast's: its {} is not ours", kTagName));
  }
  return true;
}

}  // namespace

TextCache::TextCache(std::filesystem::path directory, Opening opening)
    : directory_(std::move(directory)) {
  if (opening == Opening::to_keep) {
    with_context(printable(directory_.string()), [this] {
      std::error_code failure;
      std::filesystem::create_directories(directory_, failure);
      if (failure) {
        throw system_error(failure.value());
      }
    });
  }
  const bool has_tag =
      with_context(printable(directory_.string()), [this] { return is_tagged(directory_); });
  if (has_tag) {
    return;
  }
  if (!could_be_a_cache(directory_)) {
    throw Error(ErrorCode::usage, fmt::format("{}: is no cache: it has no {} and holds other files",
                                              printable(directory_.string()), kTagName));
  }
  if (opening == Opening::to_keep) {
    AtomicFile(directory_ / kTagName).commit(kTag);
  }
}

std::filesystem::path TextCache::path_of(std::string_view key) const {
  const std::string digest = digest_of(key);
  return directory_ / digest.substr(0, 2) / digest.substr(2);
}

std::optional<std::string> TextCache::find(std::string_view key) const {
  const std::filesystem::path path = path_of(key);
  if (!is_own_folder(path.parent_path())) {
    return std::nullopt;
  }
  const std::optional<Content> content = read_file(path);
  if (!content) {
    return std::nullopt;
  }
  std::optional<std::string> text = checked(key, content->text);
  if (text) {
    note_use(path, content->written);
  }
  return text;
}

void TextCache::keep(std::string_view key, std::string_view text) const {
  const std::filesystem::path path = path_of(key);
  std::error_code failure;  // Else the file says why not.
  if (!is_own_folder(path.parent_path())) {
    std::filesystem::create_directory(path.parent_path(), failure);
  }
  if (kind_of(path.parent_path()) == S_IFLNK) {
    throw Error(ErrorCode::io, fmt::format("{}: is a link, which is not followed",
                                           printable(path.parent_path().string())));
  }
  if (is_own_folder(path)) {
    std::filesystem::remove(path, failure);  // One that is empty; no other was made by mistake.
  }
  AtomicFile(path).commit(fmt::format("{}{}\n{}", kHeader, digest_of(key, text), text),
                          Durability::left_to_the_system);
}

TextCache::Pruning TextCache::prune(const PruneOptions& options) const {
  Pruning pruning;
  const Clock::time_point now = Clock::now();
  const auto remove = [&](const Entry& entry) {
    if (!options.dry_run) {
      remove_entry(entry);
    }
  };
  for (const Entry& entry : entries_in(directory_, true)) {
    if (now - entry.used > kLeftOver) {
      remove(entry);
      ++pruning.leftovers;
    }
  }
  std::vector<Entry> entries = entries_in(directory_, false);
  // Most recently used first; by name where the clock says nothing.
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return a.used != b.used ? a.used > b.used : a.path < b.path;
  });
  for (const Entry& entry : entries) {
    const bool old = options.unused_for && now - entry.used > *options.unused_for;
    const bool full = options.most_bytes && pruning.kept.bytes + entry.bytes > *options.most_bytes;
    Size& size = old || full ? pruning.removed : pruning.kept;
    ++size.texts;
    size.bytes += entry.bytes;
    if (old || full) {
      remove(entry);
    }
  }
  return pruning;
}

}  // namespace hindcast
