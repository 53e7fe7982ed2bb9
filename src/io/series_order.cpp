// The order of a run's checkpoints and which of them is the initial one.
//
// Evidence for the order, strongest first: attributes in the files, labelled numbers in their
// names, the unlabelled number by which the names differ, natural order. Epoch 0 is the end of the
// first epoch, never the initialisation.

#include "io/series_order.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/text.hpp"
#include "hindcast/io/step_name.hpp"

#include "io/checkpoint_names.hpp"

namespace hindcast::io {
namespace {

enum class InitialRank { none, named, step_zero, attribute };

// A checkpoint while its place is being found.
struct Entry {
  CheckpointFile file;
  std::string stem;
  StepName words;
  InitialRank rank = InitialRank::none;
  std::string initial_reason;

  [[nodiscard]] bool numbered() const { return file.step || file.epoch; }
};

bool by_shown_path(const CheckpointFile& a, const CheckpointFile& b) {
  return a.shown_path != b.shown_path ? natural_less(a.shown_path, b.shown_path)
                                      : a.path.native() < b.path.native();
}

bool is_positive(const std::optional<std::int64_t>& number) {
  return number && *number > 0;
}

// `stated` is the file as it came, with only the numbers it states itself.
std::pair<InitialRank, std::string> initial_evidence(const CheckpointFile& stated,
                                                     const Entry& entry) {
  if (stated.epoch && *stated.epoch < 0) {
    return {InitialRank::attribute, fmt::format("attribute epoch = {}", *stated.epoch)};
  }
  const bool trained = is_positive(entry.file.step) || is_positive(entry.file.epoch);
  if (trained) {
    return {InitialRank::none, ""};
  }
  if (entry.file.epoch) {
    return {InitialRank::none, ""};  // Epoch 0 is the end of the first epoch, whatever the step.
  }
  if (stated.step) {
    return {InitialRank::step_zero, fmt::format("attribute step = {}", *stated.step)};
  }
  if (entry.words.step && entry.words.counts_updates) {
    return {InitialRank::step_zero, "step 0"};
  }
  if (entry.words.epoch && *entry.words.epoch < 0) {
    return {InitialRank::step_zero, fmt::format("epoch {}", *entry.words.epoch)};
  }
  if (entry.words.initial) {
    return {InitialRank::named, fmt::format("named '{}'", printable(entry.stem))};
  }
  return {InitialRank::none, ""};
}

Entry entry_of(CheckpointFile file) {
  Entry entry{.file = std::move(file), .stem = "", .words = {}, .initial_reason = ""};
  const CheckpointFile stated = entry.file;
  entry.stem = checkpoint_stem(stated.path);
  entry.words = parse_step_name(entry.stem);
  entry.file.step = stated.step ? stated.step : entry.words.step;
  entry.file.epoch = stated.epoch ? stated.epoch : entry.words.epoch;
  std::tie(entry.rank, entry.initial_reason) = initial_evidence(stated, entry);
  return entry;
}

std::string quoted(const Entry& entry) {
  return fmt::format("'{}'", printable(entry.file.shown_path));
}

// "'a'", "'a' and 'b'", "'a', 'b' and 3 more".
std::string listed(std::span<const Entry> entries) {
  if (entries.size() == 1) {
    return quoted(entries[0]);
  }
  if (entries.size() == 2) {
    return fmt::format("{} and {}", quoted(entries[0]), quoted(entries[1]));
  }
  return fmt::format("{}, {} and {} more", quoted(entries[0]), quoted(entries[1]),
                     entries.size() - 2);
}

struct Outcome {
  std::vector<Entry> entries;
  std::vector<std::string> warnings;

  void warn(std::string text) { warnings.push_back(std::move(text)); }
};

// Of one checkpoint saved in several formats, the format that most of the files are in.
Outcome without_twins(std::vector<Entry> entries) {
  std::map<std::string, std::ptrdiff_t> popularity;
  std::map<std::pair<std::filesystem::path, std::string>, std::vector<Entry>> by_stem;
  for (Entry& entry : entries) {
    ++popularity[entry.file.format];
    by_stem[{entry.file.path.parent_path(), entry.stem}].push_back(std::move(entry));
  }
  const auto precedence = [&](const Entry& entry) {
    return std::tuple(!entry.file.initial, -popularity[entry.file.format], entry.file.format);
  };
  Outcome outcome;
  for (auto& [key, twins] : by_stem) {
    std::ranges::stable_sort(twins, {}, precedence);
    const Entry kept = twins.front();
    for (Entry& twin : twins) {
      if (twin.file.format == kept.file.format) {
        outcome.entries.push_back(std::move(twin));
      } else {
        outcome.warn(fmt::format("{} left out: the same checkpoint as {} in another format",
                                 quoted(twin), quoted(kept)));
      }
    }
  }
  std::ranges::sort(outcome.entries, by_shown_path, &Entry::file);
  return outcome;
}

// Names without a label: "net.04-0.55" is epoch 4 where another is "net.10-0.58".
void number_unlabelled(std::span<Entry> entries) {
  const auto ordinary = [](const Entry& entry) {
    return !entry.file.initial && entry.rank == InitialRank::none &&
           !(entry.words.final && !entry.numbered());
  };
  std::vector<std::string> stems;
  for (const Entry& entry : entries) {
    if (ordinary(entry) && entry.numbered()) {
      return;
    }
    if (ordinary(entry)) {
      stems.push_back(entry.stem);
    }
  }
  const std::vector<std::int64_t> numbers = varying_numbers(stems);
  if (numbers.empty()) {
    return;
  }
  std::size_t next = 0;
  for (Entry& entry : entries) {
    if (ordinary(entry)) {
      entry.file.epoch = numbers[next++];
    }
  }
}

bool same_number(const Entry& a, const Entry& b) {
  return (a.file.step && a.file.step == b.file.step) ||
         (a.file.epoch && a.file.epoch == b.file.epoch);
}

// "best" and "last" among numbered checkpoints are copies of one of them.
Outcome without_repeats(std::vector<Entry> entries) {
  const auto is_repeat = [](const Entry& entry) {
    return entry.words.repeats && !entry.file.initial && entry.rank == InitialRank::none;
  };
  std::vector<Entry> repeats;
  std::ranges::copy_if(entries, std::back_inserter(repeats), is_repeat);
  Outcome outcome;
  if (repeats.size() == entries.size()) {
    number_unlabelled(entries);
    outcome.entries = std::move(entries);
    return outcome;
  }
  std::erase_if(entries, is_repeat);
  number_unlabelled(entries);
  outcome.entries = entries;
  const bool among_numbered = std::ranges::any_of(entries, &Entry::numbered);
  for (Entry& repeat : repeats) {
    const bool is_news =
        repeat.numbered() && std::ranges::none_of(entries, [&](const Entry& entry) {
          return same_number(entry, repeat);
        });
    if (among_numbered && !is_news) {
      outcome.warn(fmt::format("{} left out: it repeats a numbered checkpoint", quoted(repeat)));
    } else {
      outcome.entries.push_back(std::move(repeat));
    }
  }
  return outcome;
}

// Which number the order goes by.
enum class Axis { step, epoch, none };

std::optional<std::int64_t> position(const Entry& entry, Axis axis) {
  switch (axis) {
    case Axis::step:
      return entry.file.step;
    case Axis::epoch:
      return entry.file.epoch;
    case Axis::none:
      break;
  }
  return std::nullopt;
}

bool all_have(std::span<const Entry> entries, Axis axis) {
  return std::ranges::all_of(entries,
                             [&](const Entry& entry) { return position(entry, axis).has_value(); });
}

bool all_differ(std::span<const Entry> entries, Axis axis) {
  std::set<std::int64_t> seen;
  return std::ranges::all_of(entries, [&](const Entry& entry) {
    return seen.insert(position(entry, axis).value()).second;
  });
}

// A step that never moves, as some trainers store, gives way to an epoch that does.
Axis axis_of(std::span<const Entry> numbered) {
  const bool steps = all_have(numbered, Axis::step);
  const bool epochs = all_have(numbered, Axis::epoch);
  if (steps && epochs) {
    return !all_differ(numbered, Axis::step) && all_differ(numbered, Axis::epoch) ? Axis::epoch
                                                                                  : Axis::step;
  }
  if (steps) {
    return Axis::step;
  }
  return epochs ? Axis::epoch : Axis::none;
}

void sort_along(std::vector<Entry>& numbered, Axis axis) {
  std::ranges::sort(numbered, by_shown_path, &Entry::file);
  if (axis != Axis::none) {
    std::ranges::stable_sort(numbered, {}, [&](const Entry& entry) {
      return std::pair(position(entry, axis), entry.file.epoch);
    });
  }
}

// Sorts the numbered checkpoints and says where the numbers leave the order open.
Outcome by_number(std::vector<Entry> numbered) {
  Outcome outcome;
  const Axis axis = axis_of(numbered);
  sort_along(numbered, axis);
  if (axis == Axis::none) {
    outcome.warn("some checkpoints state a step and others an epoch: ordered by name");
  } else {
    const auto equal = std::ranges::adjacent_find(
        numbered, {}, [&](const Entry& entry) { return position(entry, axis); });
    if (equal != numbered.end()) {
      outcome.warn(
          fmt::format("{} and {} are both {} {}: such checkpoints are kept in the order "
                      "of their names",
                      quoted(*equal), quoted(*std::next(equal)),
                      axis == Axis::step ? "step" : "epoch", *position(*equal, axis)));
    }
  }
  outcome.entries = std::move(numbered);
  return outcome;
}

struct Choice {
  std::optional<Entry> initial;
  InitialEvidence how = InitialEvidence::first;
  std::string reason;
};

// The initial checkpoint by the best evidence; the other candidates are only warned about.
Choice choose_initial(const Outcome& outcome) {
  const std::vector<Entry>& entries = outcome.entries;
  const auto given =
      std::ranges::find_if(entries, [](const Entry& entry) { return entry.file.initial; });
  if (given != entries.end()) {
    return {.initial = *given, .how = InitialEvidence::given, .reason = "--init"};
  }
  const auto best = std::ranges::max_element(entries, {}, &Entry::rank);
  if (best == entries.end() || best->rank == InitialRank::none) {
    return {.initial = std::nullopt,
            .how = InitialEvidence::first,
            .reason = "no initial checkpoint found"};
  }
  return {.initial = *best, .how = InitialEvidence::named, .reason = best->initial_reason};
}

// Takes the initial checkpoint out, warning about others that could be it.
Outcome without_initial(Outcome outcome, const Choice& choice) {
  if (!choice.initial) {
    return outcome;
  }
  std::erase_if(outcome.entries,
                [&](const Entry& entry) { return entry.file.path == choice.initial->file.path; });
  std::vector<Entry> rivals;
  std::ranges::copy_if(outcome.entries, std::back_inserter(rivals),
                       [](const Entry& entry) { return entry.rank != InitialRank::none; });
  if (!rivals.empty()) {
    outcome.warn(fmt::format("{} could be the initial checkpoint too; {} is taken ({})",
                             listed(rivals), quoted(*choice.initial), choice.reason));
  }
  return outcome;
}

std::vector<Entry> extract(std::vector<Entry>& entries, bool (*belongs)(const Entry&)) {
  std::vector<Entry> extracted;
  std::ranges::copy_if(entries, std::back_inserter(extracted), belongs);
  std::erase_if(entries, belongs);
  return extracted;
}

// Unnumbered candidates for the initial one, then the numbered, the unnumbered, and the final one.
Outcome in_order(Outcome outcome) {
  std::ranges::sort(outcome.entries, by_shown_path, &Entry::file);
  std::vector<Entry> numbered =
      extract(outcome.entries, [](const Entry& e) { return e.numbered(); });
  const std::vector<Entry> early =
      extract(outcome.entries, [](const Entry& e) { return e.rank != InitialRank::none; });
  const std::vector<Entry> late =
      extract(outcome.entries, [](const Entry& e) { return e.words.final; });
  const std::vector<Entry> plain = std::move(outcome.entries);

  if (!plain.empty() && !numbered.empty()) {
    outcome.warn(fmt::format("no step or epoch for {}: placed after the numbered checkpoints",
                             listed(plain)));
  } else if (plain.size() > 1) {
    outcome.warn("no step or epoch in the files or their names: ordered by name");
  }
  Outcome sorted = by_number(std::move(numbered));
  outcome.entries = early;
  std::ranges::copy(sorted.entries, std::back_inserter(outcome.entries));
  std::ranges::copy(plain, std::back_inserter(outcome.entries));
  std::ranges::copy(late, std::back_inserter(outcome.entries));
  std::ranges::copy(sorted.warnings, std::back_inserter(outcome.warnings));
  return outcome;
}

void name_checkpoints(std::vector<CheckpointFile>& files) {
  std::map<std::string, std::size_t> uses;
  std::vector<std::filesystem::path> paths;
  for (const CheckpointFile& file : files) {
    ++uses[checkpoint_stem(file.path)];
    paths.push_back(file.path);
  }
  const std::vector<std::string> longer = distinct_names(paths);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string stem = checkpoint_stem(files[i].path);
    files[i].name = valid_utf8(uses[stem] == 1 ? stem : longer[i]);
  }
}

}  // namespace

CheckpointSeries arrange(std::vector<CheckpointFile> files) {
  std::ranges::sort(files, by_shown_path);
  std::vector<Entry> entries;
  entries.reserve(files.size());
  for (CheckpointFile& file : files) {
    entries.push_back(entry_of(std::move(file)));
  }
  Outcome unique = without_twins(std::move(entries));
  Outcome outcome = without_repeats(std::move(unique.entries));
  outcome.warnings.insert(outcome.warnings.begin(), unique.warnings.begin(), unique.warnings.end());
  const Choice choice = choose_initial(outcome);
  outcome = in_order(without_initial(std::move(outcome), choice));

  CheckpointSeries series;
  series.how = choice.how;
  series.how_reason = choice.reason;
  series.has_initial = choice.initial.has_value();
  if (choice.initial) {
    series.checkpoints.push_back(choice.initial->file);
    series.checkpoints.front().initial = true;
  }
  for (Entry& entry : outcome.entries) {
    series.checkpoints.push_back(std::move(entry.file));
  }
  name_checkpoints(series.checkpoints);
  series.warnings = std::move(outcome.warnings);
  return series;
}

}  // namespace hindcast::io
