#include "io/hdf5/known_contents.hpp"

#include <ctime>
#include <utility>

namespace hindcast::io::hdf5 {
namespace {

// Of some thousand files with a hundred layers each.
constexpr std::uint64_t kMostBytes = 16ULL << 20U;
// What an entry takes besides its answer, about.
constexpr std::uint64_t kEntryBytes = 256;
// Coarser than the clock of any file system.
constexpr std::int64_t kJustNowSeconds = 3;

}  // namespace

std::optional<std::vector<std::byte>> KnownContents::find(const FileState& file,
                                                          const Limits& limits) const {
  const std::scoped_lock lock(mutex_);
  const auto place = known_.find(file);
  return place != known_.end() && place->second.limits == limits
             ? std::optional(place->second.answer)
             : std::nullopt;
}

void KnownContents::keep(const FileState& file, const Limits& limits,
                         std::vector<std::byte> answer) {
  if (std::time(nullptr) - file.written_seconds < kJustNowSeconds) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  const std::uint64_t size = answer.size() + kEntryBytes;
  if (size > most_bytes_ - bytes_ || known_.contains(file)) {
    return;
  }
  bytes_ += size;
  known_.emplace(file, Known{.limits = limits, .answer = std::move(answer)});
}

KnownContents& known_contents() {
  static KnownContents known(kMostBytes);
  return known;
}

}  // namespace hindcast::io::hdf5
