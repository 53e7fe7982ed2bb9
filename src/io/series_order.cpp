// The order of a run's checkpoints and which of them is the initial one.
//
// Evidence for the order, strongest first: what the user says, attributes in the files, numbers in
// their names, the unlabelled number by which the names differ, natural order. Epoch 0 is the end
// of the first epoch, never the initialisation.

#include "io/series_order.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/checkpoint_names.hpp"
#include "io/series_aliases.hpp"
#include "io/series_axis.hpp"
#include "io/series_entry.hpp"

namespace hindcast::io {
namespace {

// A word that all names share says nothing about one of them.
void disregard_shared_words(std::vector<SeriesEntry>& entries) {
  const auto says_init = [](const SeriesEntry& entry) { return entry.words.initial; };
  if (entries.size() < 2 || !std::ranges::all_of(entries, says_init)) {
    return;
  }
  for (SeriesEntry& entry : entries) {
    entry.words.initial = false;
    if (entry.rank == InitialRank::named) {
      entry.rank = InitialRank::none;
    }
  }
}

Sifted sifted(std::vector<CheckpointFile> files) {
  std::vector<SeriesEntry> entries;
  entries.reserve(files.size());
  for (CheckpointFile& file : files) {
    entries.push_back(entry_of(std::move(file)));
  }
  std::ranges::sort(entries, by_shown_path);
  disregard_shared_words(entries);
  Sifted result = without_twins(std::move(entries));
  number_unlabelled(result.entries);
  for (Sifted (*const step)(std::vector<SeriesEntry>) : {without_copies, with_repeats_placed}) {
    Sifted next = step(std::move(result.entries));
    result.entries = std::move(next.entries);
    std::ranges::move(next.warnings, std::back_inserter(result.warnings));
  }
  return result;
}

struct Choice {
  std::optional<SeriesEntry> initial;
  InitialEvidence how = InitialEvidence::first;
  std::string reason;
};

// The initial checkpoint by the best evidence; the other candidates are only warned about.
Choice choose_initial(const std::vector<SeriesEntry>& entries) {
  const auto given =
      std::ranges::find_if(entries, [](const SeriesEntry& entry) { return entry.file.initial; });
  if (given != entries.end()) {
    return {.initial = *given, .how = InitialEvidence::given, .reason = "--init"};
  }
  const auto best = std::ranges::max_element(entries, {}, &SeriesEntry::rank);
  if (best == entries.end() || best->rank == InitialRank::none) {
    return {.initial = std::nullopt,
            .how = InitialEvidence::first,
            .reason = "no initial checkpoint found"};
  }
  return {.initial = *best, .how = InitialEvidence::named, .reason = best->initial_reason};
}

// Takes the initial checkpoint out, warning about others that could be it.
void take_initial(Sifted& rest, const Choice& choice) {
  if (!choice.initial) {
    return;
  }
  std::erase_if(rest.entries, [&](const SeriesEntry& entry) {
    return entry.file.path == choice.initial->file.path;
  });
  std::vector<SeriesEntry> rivals;
  std::ranges::copy_if(rest.entries, std::back_inserter(rivals),
                       [](const SeriesEntry& entry) { return entry.rank != InitialRank::none; });
  if (!rivals.empty()) {
    rest.warnings.push_back(fmt::format("{} could be the initial checkpoint too; {} is taken ({})",
                                        listed(rivals), quoted(*choice.initial), choice.reason));
  }
}

SeriesOrder order_by_name(std::size_t checkpoints) {
  return checkpoints < 2
             ? SeriesOrder()
             : SeriesOrder{.by = "name",
                           .reason = "name: no step or epoch in the files or their names"};
}

// Unnumbered candidates for the initial one, then the numbered, the unnumbered, and the final one.
Ordered in_order(Sifted rest) {
  std::vector<SeriesEntry> all = std::move(rest.entries);
  std::ranges::sort(all, by_shown_path);
  const std::size_t count = all.size();
  std::vector<SeriesEntry> numbered =
      extract(all, [](const SeriesEntry& e) { return e.numbered(); });
  const std::vector<SeriesEntry> early =
      extract(all, [](const SeriesEntry& e) { return e.rank != InitialRank::none; });
  const std::vector<SeriesEntry> late =
      extract(all, [](const SeriesEntry& e) { return e.words.final; });

  if (!all.empty() && !numbered.empty()) {
    rest.warnings.push_back(
        fmt::format("no step or epoch for {}: placed after the numbered checkpoints", listed(all)));
  } else if (all.size() > 1) {
    rest.warnings.emplace_back("no step or epoch in the files or their names: ordered by name");
  }
  Ordered out{.entries = early, .order = order_by_name(count), .warnings = rest.warnings};
  if (!numbered.empty()) {
    Ordered sorted = by_number(std::move(numbered));
    out.order = count < 2 ? SeriesOrder() : sorted.order;
    std::ranges::move(sorted.entries, std::back_inserter(out.entries));
    std::ranges::move(sorted.warnings, std::back_inserter(out.warnings));
  }
  std::ranges::copy(all, std::back_inserter(out.entries));
  std::ranges::copy(late, std::back_inserter(out.entries));
  return out;
}

void name_checkpoints(std::vector<CheckpointFile>& files) {
  std::map<std::string, std::size_t> uses;
  std::vector<std::filesystem::path> paths;
  for (const CheckpointFile& file : files) {
    ++uses[checkpoint_stem(file.named_by)];
    paths.push_back(file.named_by);
  }
  const std::vector<std::string> longer = distinct_names(paths);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string stem = checkpoint_stem(files[i].named_by);
    files[i].name = valid_utf8(uses[stem] == 1 ? stem : longer[i]);
  }
}

}  // namespace

CheckpointSeries arrange(std::vector<CheckpointFile> files) {
  Sifted rest = sifted(std::move(files));
  const Choice choice = choose_initial(rest.entries);
  take_initial(rest, choice);
  Ordered ordered = in_order(std::move(rest));

  CheckpointSeries series;
  series.how = choice.how;
  series.how_reason = choice.reason;
  series.has_initial = choice.initial.has_value();
  series.order = std::move(ordered.order);
  if (choice.initial) {
    series.checkpoints.push_back(choice.initial->file);
    series.checkpoints.front().initial = true;
  }
  for (SeriesEntry& entry : ordered.entries) {
    series.checkpoints.push_back(std::move(entry.file));
  }
  name_checkpoints(series.checkpoints);
  series.warnings = std::move(ordered.warnings);
  return series;
}

CheckpointSeries arrange_as_listed(std::vector<CheckpointFile> files, bool initial_is_given) {
  CheckpointSeries series;
  const auto initial = std::ranges::find_if(files, &CheckpointFile::initial);
  if (initial != files.end()) {
    std::rotate(files.begin(), initial, std::next(initial));
    series.how = initial_is_given ? InitialEvidence::given : InitialEvidence::named;
    series.how_reason = initial_is_given ? "--init" : "the manifest";
    series.has_initial = true;
  } else {
    series.how_reason = "no initial checkpoint found";
  }
  series.order = {.by = "manifest", .reason = "manifest: as listed there"};
  series.checkpoints = std::move(files);
  name_checkpoints(series.checkpoints);
  return series;
}

}  // namespace hindcast::io
