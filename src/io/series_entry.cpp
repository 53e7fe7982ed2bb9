#include "io/series_entry.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/checkpoint_names.hpp"
#include "io/naming_layouts.hpp"

namespace hindcast::io {
namespace {

bool is_positive(const std::optional<std::int64_t>& number) {
  return number && *number > 0;
}

// `stated` is the file as it came, with only the numbers it states itself.
std::pair<InitialRank, std::string> initial_evidence(const CheckpointFile& stated,
                                                     const SeriesEntry& entry) {
  if (stated.epoch && *stated.epoch < 0) {
    return {InitialRank::attribute, fmt::format("attribute epoch = {}", *stated.epoch)};
  }
  const bool trained = is_positive(entry.file.step) || is_positive(entry.file.epoch);
  if (trained) {
    return {InitialRank::none, ""};
  }
  if (entry.file.epoch && *entry.file.epoch == 0) {
    return {InitialRank::none, ""};  // Epoch 0 is the end of the first epoch, whatever the step.
  }
  if (stated.step) {
    const char* const where =
        stated.numbered_by == NumberSource::option ? "--step-from" : "attribute";
    return {InitialRank::step_zero, fmt::format("{} step = {}", where, *stated.step)};
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

// The number the file states, or else the name's.
void take_numbers(SeriesEntry& entry, const std::optional<LayoutMatch>& layout) {
  CheckpointFile& file = entry.file;
  entry.named_step = layout ? layout->step : entry.words.step;
  entry.named_epoch = layout ? layout->epoch : entry.words.epoch;
  if (file.numbered_by == NumberSource::option) {
    return;  // What the user says is not mixed with what a name says.
  }
  if (file.step || file.epoch) {
    file.numbered_by = NumberSource::attribute;
  } else if (layout) {
    file.numbered_by = NumberSource::layout;
    entry.trainer = layout->layout->trainer;
  } else if (entry.words.step || entry.words.epoch) {
    file.numbered_by = NumberSource::label;
  }
  file.step = file.step ? file.step : entry.named_step;
  file.epoch = file.epoch ? file.epoch : entry.named_epoch;
}

}  // namespace

SeriesEntry entry_of(CheckpointFile file) {
  SeriesEntry entry{.file = std::move(file),
                    .stem = "",
                    .words = {},
                    .named_step = {},
                    .named_epoch = {},
                    .trainer = "",
                    .initial_reason = ""};
  const CheckpointFile stated = entry.file;
  const std::string name = stated.named_by.filename().string();
  entry.stem = checkpoint_stem(name);
  entry.words = parse_step_name(entry.stem);
  take_numbers(entry, match_layout(name, entry.stem));
  std::tie(entry.rank, entry.initial_reason) = initial_evidence(stated, entry);
  return entry;
}

bool by_shown_path(const SeriesEntry& a, const SeriesEntry& b) {
  // "last-v1.ckpt" comes after "last.ckpt": the suffix is no part of the name.
  if (a.stem != b.stem) {
    return natural_less(a.stem, b.stem);
  }
  return a.file.shown_path != b.file.shown_path ? natural_less(a.file.shown_path, b.file.shown_path)
                                                : a.file.path.native() < b.file.path.native();
}

std::string quoted(const SeriesEntry& entry) {
  return fmt::format("'{}'", printable(entry.file.shown_path));
}

std::string listed(std::span<const SeriesEntry> entries) {
  if (entries.size() == 1) {
    return quoted(entries[0]);
  }
  if (entries.size() == 2) {
    return fmt::format("{} and {}", quoted(entries[0]), quoted(entries[1]));
  }
  return fmt::format("{}, {} and {} more", quoted(entries[0]), quoted(entries[1]),
                     entries.size() - 2);
}

std::vector<SeriesEntry> extract(std::vector<SeriesEntry>& entries,
                                 bool (*belongs)(const SeriesEntry&)) {
  std::vector<SeriesEntry> extracted;
  std::ranges::copy_if(entries, std::back_inserter(extracted), belongs);
  std::erase_if(entries, belongs);
  return extracted;
}

}  // namespace hindcast::io
