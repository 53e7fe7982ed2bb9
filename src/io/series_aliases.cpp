// Which files of a run are the same checkpoint: in two formats, under two names, by equal weights.

#include "io/series_aliases.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::io {
namespace {

// "best" and "last" repeat another checkpoint, unless something makes them the initial one.
bool is_repeat(const SeriesEntry& entry) {
  return entry.words.repeats && !entry.file.initial && entry.rank == InitialRank::none;
}

bool same_number(const SeriesEntry& a, const SeriesEntry& b) {
  return (a.file.step && a.file.step == b.file.step) ||
         (a.file.epoch && a.file.epoch == b.file.epoch);
}

bool same_place(const SeriesEntry& a, const SeriesEntry& b) {
  return a.file.step == b.file.step && a.file.epoch == b.file.epoch;
}

// The names of the pattern that most of the entries follow; none where two are equally frequent.
std::vector<SeriesEntry*> of_main_pattern(const std::vector<SeriesEntry*>& entries) {
  std::map<std::string, std::vector<SeriesEntry*>> by_pattern;
  for (SeriesEntry* const entry : entries) {
    by_pattern[name_pattern(without_version(entry->stem))].push_back(entry);
  }
  const std::vector<SeriesEntry*>* main = nullptr;
  bool tied = false;
  for (const auto& [pattern, members] : by_pattern) {
    tied = main != nullptr && members.size() == main->size();
    if (main == nullptr || members.size() > main->size()) {
      main = &members;
    }
  }
  return main == nullptr || tied ? std::vector<SeriesEntry*>() : *main;
}

// Which of several files with equal weights stands for them: lower is better. A name that says the
// number beats one that leaves it to the file; among equals, one that says what the file states.
int precedence(const SeriesEntry& entry) {
  if (entry.file.initial) {
    return 0;
  }
  if (entry.words.repeats) {
    return 5;
  }
  if (entry.words.final) {
    return 4;
  }
  const bool is_named = !entry.trainer.empty() || entry.words.step || entry.words.epoch ||
                        entry.file.numbered_by == NumberSource::varying;
  return entry.numbered() ? (is_named ? 1 : 2) : 3;
}

using Number = std::optional<std::int64_t>;

// How much higher the names count than the files, most often: some count from 1 in the name and
// from 0 in the file.
struct NameShift {
  std::int64_t step = 0;
  std::int64_t epoch = 0;
};

std::int64_t usual_shift(const std::vector<SeriesEntry>& entries, Number SeriesEntry::*named,
                         Number CheckpointFile::*stated) {
  std::map<std::int64_t, std::size_t> shifts;
  for (const SeriesEntry& entry : entries) {
    if (entry.*named && entry.file.*stated) {
      ++shifts[*(entry.*named) - *(entry.file.*stated)];
    }
  }
  const auto most = std::ranges::max_element(
      shifts, {}, [](const auto& one) { return std::pair(one.second, -std::abs(one.first)); });
  return most == shifts.end() ? 0 : most->first;
}

NameShift name_shift(const std::vector<SeriesEntry>& entries) {
  return {.step = usual_shift(entries, &SeriesEntry::named_step, &CheckpointFile::step),
          .epoch = usual_shift(entries, &SeriesEntry::named_epoch, &CheckpointFile::epoch)};
}

// Is the file called what it states? A copy under the name of another moment is not.
bool is_misnamed(const SeriesEntry& entry, const NameShift& shift) {
  const auto differ = [](const Number& named, const Number& stated, std::int64_t by) {
    return named && stated && *named - *stated != by;
  };
  return differ(entry.named_step, entry.file.step, shift.step) ||
         differ(entry.named_epoch, entry.file.epoch, shift.epoch);
}

// Does `copy`, with the weights of `kept`, stand for another moment all the same?
bool is_another_moment(const SeriesEntry& kept, const SeriesEntry& copy) {
  if (copy.words.repeats) {
    return false;
  }
  if (copy.rank != InitialRank::none || kept.rank != InitialRank::none) {
    return copy.rank != kept.rank && copy.numbered() != kept.numbered();
  }
  return copy.numbered() && !same_place(kept, copy);
}

void merge_copies(std::vector<SeriesEntry> copies, const NameShift& shift, Sifted& sifted) {
  std::ranges::stable_sort(copies, {}, [&](const SeriesEntry& copy) {
    return std::pair(precedence(copy), is_misnamed(copy, shift));
  });
  SeriesEntry kept = std::move(copies.front());
  for (SeriesEntry& copy : std::span(copies).subspan(1)) {
    if (is_another_moment(kept, copy)) {
      sifted.warnings.push_back(fmt::format("{} and {} hold the same weights: both are kept",
                                            quoted(kept), quoted(copy)));
      sifted.entries.push_back(std::move(copy));
    } else {
      kept.file.aliases.push_back(copy.file.shown_path);
      std::ranges::copy(copy.file.aliases, std::back_inserter(kept.file.aliases));
    }
  }
  std::ranges::sort(kept.file.aliases, natural_less);
  sifted.entries.push_back(std::move(kept));
}

}  // namespace

Sifted without_twins(std::vector<SeriesEntry> entries) {
  std::map<std::string, std::ptrdiff_t> popularity;
  std::map<std::pair<std::filesystem::path, std::string>, std::vector<SeriesEntry>> by_stem;
  for (SeriesEntry& entry : entries) {
    ++popularity[entry.file.format];
    by_stem[{entry.file.named_by.parent_path(), entry.stem}].push_back(std::move(entry));
  }
  const auto order = [&](const SeriesEntry& entry) {
    return std::tuple(!entry.file.initial, -popularity[entry.file.format], entry.file.format);
  };
  Sifted sifted;
  for (auto& [key, twins] : by_stem) {
    std::ranges::stable_sort(twins, {}, order);
    const SeriesEntry kept = twins.front();
    for (SeriesEntry& twin : twins) {
      if (twin.file.format == kept.file.format) {
        sifted.entries.push_back(std::move(twin));
      } else {
        sifted.warnings.push_back(fmt::format(
            "{} left out: it has the name of {}, in another format", quoted(twin), quoted(kept)));
      }
    }
  }
  std::ranges::sort(sifted.entries, by_shown_path);
  return sifted;
}

void number_unlabelled(std::span<SeriesEntry> entries) {
  const bool all_repeat = std::ranges::all_of(entries, is_repeat);
  std::vector<SeriesEntry*> ordinary;
  for (SeriesEntry& entry : entries) {
    const bool is_special = entry.file.initial || entry.rank != InitialRank::none ||
                            (is_repeat(entry) && !all_repeat) ||
                            (entry.words.final && !entry.numbered());
    if (!is_special && entry.numbered()) {
      return;
    }
    if (!is_special) {
      ordinary.push_back(&entry);
    }
  }
  const std::vector<SeriesEntry*> members = of_main_pattern(ordinary);
  std::vector<std::string> stems;
  std::ranges::transform(members, std::back_inserter(stems), [](const SeriesEntry* entry) {
    return std::string(without_version(entry->stem));
  });
  const std::vector<std::int64_t> numbers = varying_numbers(stems);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    members[i]->file.epoch = numbers[i];
    members[i]->file.numbered_by = NumberSource::varying;
  }
}

Sifted without_copies(std::vector<SeriesEntry> entries) {
  Sifted sifted;
  const NameShift shift = name_shift(entries);
  std::map<std::uint64_t, std::vector<SeriesEntry>> by_content;
  for (SeriesEntry& entry : entries) {
    if (entry.file.content == 0) {
      sifted.entries.push_back(std::move(entry));
    } else {
      by_content[entry.file.content].push_back(std::move(entry));
    }
  }
  for (auto& [content, copies] : by_content) {
    merge_copies(std::move(copies), shift, sifted);
  }
  std::ranges::sort(sifted.entries, by_shown_path);
  return sifted;
}

Sifted with_repeats_placed(std::vector<SeriesEntry> entries) {
  Sifted sifted;
  std::vector<SeriesEntry> repeats = extract(entries, is_repeat);
  sifted.entries = std::move(entries);
  const bool among_numbered = std::ranges::any_of(sifted.entries, &SeriesEntry::numbered);
  for (SeriesEntry& repeat : repeats) {
    const bool taken = std::ranges::any_of(sifted.entries, [&](const SeriesEntry& entry) {
      return !is_repeat(entry) && same_number(entry, repeat);
    });
    if (taken) {
      sifted.warnings.push_back(fmt::format(
          "{} left out: another checkpoint with other weights has its number", quoted(repeat)));
    } else if (among_numbered && !repeat.numbered() && repeat.words.best) {
      sifted.warnings.push_back(
          fmt::format("{} left out: no other checkpoint holds its weights, and nothing says when "
                      "it was saved",
                      quoted(repeat)));
    } else {
      // What was saved last and is not among the numbered ones is the end of the run.
      repeat.words.final = repeat.words.final || (among_numbered && !repeat.numbered());
      sifted.entries.push_back(std::move(repeat));
    }
  }
  return sifted;
}

}  // namespace hindcast::io
