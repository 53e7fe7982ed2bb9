// Looks at a directory again and again in place of being told by the system (inotify), which hears
// nothing of what another machine writes to a shared file system: and that is where trainings on
// clusters keep their checkpoints.

#include "cli/watch/directory_state.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include "base/text.hpp"

namespace hindcast::cli {
namespace {

namespace fs = std::filesystem;

// As io::discover().
constexpr int kDepth = 16;

bool is_hidden(const fs::path& path) {
  return path.filename().native().starts_with('.');
}

bool is_among(const fs::path& path, const std::set<fs::path>& left_out) {
  std::error_code ignored;
  return !left_out.empty() && left_out.contains(fs::weakly_canonical(path, ignored));
}

void add(const fs::path& path, DirectoryState& state) {
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    state.emplace(path,
                  FileStamp{.inode = status.st_ino,
                            .size = status.st_size,
                            .modified = status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec});
  }
}

// What cannot be listed has nothing in it, now; the analysis says so.
void list(const fs::path& directory, int depth, const std::set<fs::path>& left_out,
          DirectoryState& state) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code ignored;
    if (is_hidden(path) || is_among(path, left_out)) {
      continue;
    }
    if (!entry->is_directory(ignored)) {
      add(path, state);
    } else if (depth > 0 && !entry->is_symlink(ignored)) {
      list(path, depth - 1, left_out, state);
    }
  }
}

}  // namespace

DirectoryState state_of(const fs::path& directory, const std::set<fs::path>& left_out) {
  DirectoryState state;
  list(directory, kDepth, left_out, state);
  return state;
}

bool is_log(const fs::path& path) {
  static constexpr std::array<std::string_view, 7> kSuffixes = {".csv", ".tsv", ".jsonl", ".log",
                                                                ".txt", ".out", ".err"};
  const std::string suffix = lowered(path.extension().string());
  return std::ranges::find(kSuffixes, suffix) != kSuffixes.end() ||
         path.filename().native().find("tfevents") != std::string::npos;
}

void Settling::look(DirectoryState now) {
  settled_.clear();
  being_written_.clear();
  moved_ = !looked_;
  for (const auto& [path, stamp] : now) {
    const auto before = last_.find(path);
    if (!looked_ || (before != last_.end() && before->second == stamp)) {
      settled_.emplace(path, stamp);
    } else {
      being_written_.push_back(path);
      moved_ = moved_ || !is_log(path);
    }
  }
  last_ = std::move(now);
  looked_ = true;
}

bool same_but_for_logs(const DirectoryState& a, const DirectoryState& b) {
  const auto past_logs = [](DirectoryState::const_iterator place, const DirectoryState& state) {
    return std::find_if_not(place, state.end(),
                            [](const auto& entry) { return is_log(entry.first); });
  };
  auto in_a = past_logs(a.begin(), a);
  auto in_b = past_logs(b.begin(), b);
  while (in_a != a.end() && in_b != b.end() && *in_a == *in_b) {
    in_a = past_logs(std::next(in_a), a);
    in_b = past_logs(std::next(in_b), b);
  }
  return in_a == a.end() && in_b == b.end();
}

}  // namespace hindcast::cli
