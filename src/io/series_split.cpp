#include "io/series_split.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/series_aliases.hpp"
#include "io/series_entry.hpp"

namespace hindcast::io {
namespace {

// Lightning adds "-v1" where a name was taken: by a second training in the same directory, as a
// rule.
std::string pattern_of(const SeriesEntry& entry) {
  return name_pattern(entry.stem);
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

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSeparators = "-_.= ";
  const std::size_t first = text.find_first_not_of(kSeparators);
  const std::size_t last = text.find_last_not_of(kSeparators);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, last - first + 1);
}

// "a_epoch" for "a_epoch_#-~", "epoch-v" for "epoch=#-v#", "b" for "#_b".
std::string name_of(const std::string& pattern) {
  const std::size_t number = pattern.find_first_of("#~");
  std::string name(trimmed(std::string_view(pattern).substr(0, number)));
  const std::size_t last = pattern.find_last_not_of("#~");
  if (name.empty() || pattern.ends_with("-v#")) {
    const std::size_t from = pattern.find_last_of("#~", last);
    const std::size_t begin = from == std::string::npos ? 0 : from + 1;
    const std::string_view tail =
        trimmed(std::string_view(pattern).substr(begin, last + 1 - begin));
    name += (name.empty() || tail.empty() ? "" : "-") + std::string(tail);
  }
  return name.empty() ? "run" : name;
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

// Where the files of each content lie that follow one of the patterns.
std::map<std::uint64_t, std::string> homes_of_content(const std::vector<SeriesEntry>& entries,
                                                      const std::set<std::string>& patterns) {
  std::map<std::uint64_t, std::string> homes;
  for (const SeriesEntry& entry : entries) {
    if (entry.file.content != 0 && patterns.contains(pattern_of(entry))) {
      homes.emplace(entry.file.content, pattern_of(entry));
    }
  }
  return homes;
}

std::vector<NamedPart> parts_of(const std::vector<SeriesEntry>& entries,
                                const std::set<std::string>& patterns) {
  const std::map<std::uint64_t, std::string> by_content = homes_of_content(entries, patterns);
  std::map<std::string, NamedPart> parts;
  for (const SeriesEntry& entry : entries) {
    const std::string own = pattern_of(entry);
    std::vector<std::string> homes = {own};
    if (!patterns.contains(own)) {
      const auto equal = by_content.find(entry.file.content);
      homes = equal != by_content.end() ? std::vector{equal->second}
                                        : nearest_patterns(entry.stem, patterns);
    }
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
  std::map<std::string, std::size_t> uses;
  for (auto& [pattern, part] : parts) {
    part.name = name_of(pattern);
    if (const std::size_t use = ++uses[part.name]; use > 1) {
      part.name += fmt::format("#{}", use);
    }
    out.push_back(std::move(part));
  }
  return out;
}

}  // namespace

std::vector<NamedPart> split_by_name(std::vector<CheckpointFile> files) {
  std::vector<SeriesEntry> entries;
  std::map<std::string, std::vector<SeriesEntry>> by_pattern;
  for (const CheckpointFile& file : files) {
    entries.push_back(entry_of(file));
    by_pattern[pattern_of(entries.back())].push_back(entries.back());
  }
  std::map<std::string, Claims> claims;
  for (auto& [pattern, members] : by_pattern) {
    number_unlabelled(members);
    for (const SeriesEntry& entry : members) {
      // What two formats say of one checkpoint is not a contradiction: their stems are the same.
      if (claims_a_place(entry)) {
        claims[pattern][{entry.file.step, entry.file.epoch}].insert(entry.file.content);
      }
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
