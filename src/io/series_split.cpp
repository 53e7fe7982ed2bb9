#include "io/series_split.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/text.hpp"

#include "io/series_entry.hpp"

namespace hindcast::io {
namespace {

std::string pattern_of(const SeriesEntry& entry) {
  return name_pattern(without_version(entry.stem));
}

// A place in the run, and the weights that claim it.
using Claims = std::map<std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>,
                        std::set<std::uint64_t>>;

bool claims_a_place(const SeriesEntry& entry) {
  return entry.numbered() && !entry.words.repeats && !entry.words.initial && !entry.file.initial;
}

// Do both claim one place for different weights? Weights that nobody compared count as different.
bool contradict(const Claims& a, const Claims& b) {
  return std::ranges::any_of(a, [&](const auto& claim) {
    const auto other = b.find(claim.first);
    return other != b.end() && (claim.second.contains(0) || claim.second != other->second);
  });
}

// The patterns that contradict another one.
std::set<std::string> contradicting(const std::map<std::string, Claims>& claims) {
  std::set<std::string> found;
  for (auto a = claims.begin(); a != claims.end(); ++a) {
    for (auto b = std::next(a); b != claims.end(); ++b) {
      // One place alone may be a slip of a name; a run has several.
      if (a->second.size() > 1 && b->second.size() > 1 && contradict(a->second, b->second)) {
        found.insert({a->first, b->first});
      }
    }
  }
  return found;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// "a_epoch" for "a_epoch_#-~".
std::string name_of(const std::string& pattern) {
  const std::string_view start = std::string_view(pattern).substr(0, pattern.find_first_of("#~"));
  const std::size_t last = start.find_last_not_of("-_.= ");
  return std::string(start.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

// The patterns that share the longest start with `stem`.
std::vector<std::string> nearest_patterns(const std::string& stem,
                                          const std::set<std::string>& patterns) {
  std::size_t longest = 0;
  for (const std::string& pattern : patterns) {
    longest = std::max(longest, common_prefix(stem, pattern));
  }
  std::vector<std::string> nearest;
  for (const std::string& pattern : patterns) {
    if (common_prefix(stem, pattern) == longest) {
      nearest.push_back(pattern);
    }
  }
  return nearest;
}

std::vector<NamedPart> parts_of(const std::vector<SeriesEntry>& entries,
                                const std::set<std::string>& patterns) {
  std::map<std::string, NamedPart> parts;
  for (const SeriesEntry& entry : entries) {
    const std::string own = pattern_of(entry);
    const std::vector<std::string> homes = patterns.contains(own)
                                               ? std::vector<std::string>{own}
                                               : nearest_patterns(entry.stem, patterns);
    const bool is_shared = entry.rank != InitialRank::none || entry.file.initial;
    for (const std::string& home : homes) {
      if (home == homes.front() || is_shared) {
        parts[home].files.push_back(entry.file);
      }
    }
    if (homes.size() > 1 && !is_shared) {
      parts[homes.front()].warnings.push_back(
          fmt::format("{} could belong to any of several runs here", quoted(entry)));
    }
  }
  std::vector<NamedPart> out;
  for (auto& [pattern, part] : parts) {
    part.name = name_of(pattern);
    out.push_back(std::move(part));
  }
  return out;
}

}  // namespace

std::vector<NamedPart> split_by_name(std::vector<CheckpointFile> files) {
  std::vector<SeriesEntry> entries;
  std::map<std::string, Claims> claims;
  for (const CheckpointFile& file : files) {
    entries.push_back(entry_of(file));
    // What two formats say of one checkpoint is not a contradiction: their stems are the same.
    if (claims_a_place(entries.back())) {
      const CheckpointFile& numbered = entries.back().file;
      claims[pattern_of(entries.back())][{numbered.step, numbered.epoch}].insert(numbered.content);
    }
  }
  const std::set<std::string> patterns = contradicting(claims);
  if (patterns.empty()) {
    return {{.name = "", .files = std::move(files), .warnings = {}}};
  }
  for (SeriesEntry& entry : entries) {
    // Each part is arranged anew, from what its files state.
    entry.file = files[static_cast<std::size_t>(&entry - entries.data())];
  }
  std::vector<NamedPart> parts = parts_of(entries, patterns);
  for (NamedPart& part : parts) {
    part.warnings.insert(
        part.warnings.begin(),
        fmt::format("one of {} runs in its directory, told apart by their names ({}), which have "
                    "the same steps or epochs; --one-run keeps them together",
                    parts.size(),
                    join(std::vector<std::string>(patterns.begin(), patterns.end()), ", ")));
  }
  return parts;
}

}  // namespace hindcast::io
