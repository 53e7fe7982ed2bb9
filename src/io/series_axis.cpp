#include "io/series_axis.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::io {
namespace {

// Which numbers the order goes by.
enum class Axis { step, epoch, epoch_and_step, none };

using Position = std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>;

Position position(const SeriesEntry& entry, Axis axis) {
  switch (axis) {
    case Axis::step:
      return {entry.file.step, entry.file.epoch};
    case Axis::epoch:
      return {entry.file.epoch, std::nullopt};
    case Axis::epoch_and_step:
      return {entry.file.epoch, entry.file.step};
    case Axis::none:
      break;
  }
  return {};
}

bool have_step(const SeriesEntry& entry) {
  return entry.file.step.has_value();
}

bool have_epoch(const SeriesEntry& entry) {
  return entry.file.epoch.has_value();
}

bool all_differ(std::span<const SeriesEntry> entries, Axis axis) {
  std::set<Position> seen;
  return std::ranges::all_of(
      entries, [&](const SeriesEntry& entry) { return seen.insert(position(entry, axis)).second; });
}

// Does the step fall, or stand still, from one epoch to a later one? A step counted over the whole
// run cannot.
bool starts_over(std::span<const SeriesEntry> entries) {
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> range_of_epoch;
  for (const SeriesEntry& entry : entries) {
    const std::int64_t step = *entry.file.step;
    auto& [least, most] = range_of_epoch.try_emplace(*entry.file.epoch, step, step).first->second;
    least = std::min(least, step);
    most = std::max(most, step);
  }
  const auto falls = [](const auto& before, const auto& after) {
    return before.second.second >= after.second.first;
  };
  return std::ranges::adjacent_find(range_of_epoch, falls) != range_of_epoch.end();
}

Axis axis_of(std::span<const SeriesEntry> numbered) {
  const bool steps = std::ranges::all_of(numbered, have_step);
  const bool epochs = std::ranges::all_of(numbered, have_epoch);
  if (steps && epochs) {
    const bool step_moves = std::ranges::any_of(numbered, [&](const SeriesEntry& entry) {
      return entry.file.step != numbered.front().file.step;
    });
    if (!step_moves && all_differ(numbered, Axis::epoch)) {
      return Axis::epoch;
    }
    return starts_over(numbered) ? Axis::epoch_and_step : Axis::step;
  }
  if (steps) {
    return Axis::step;
  }
  return epochs ? Axis::epoch : Axis::none;
}

std::string_view key(Axis axis) {
  switch (axis) {
    case Axis::step:
      return "step";
    case Axis::epoch:
      return "epoch";
    case Axis::epoch_and_step:
      return "epoch_and_step";
    case Axis::none:
      break;
  }
  return "name";
}

// Does the step only fall where the epoch rises? Then one of them is wrong.
bool contradict(std::span<const SeriesEntry> sorted) {
  return sorted.front().file.epoch < sorted.back().file.epoch &&
         std::ranges::is_sorted(sorted, std::ranges::greater(),
                                [](const SeriesEntry& entry) { return entry.file.step; }) &&
         sorted.front().file.step > sorted.back().file.step;
}

std::string_view words(std::span<const SeriesEntry> sorted, Axis axis) {
  if (axis != Axis::epoch_and_step) {
    return key(axis);
  }
  return contradict(sorted) ? "epoch, which the steps contradict"
                            : "epoch and, as steps start over with each, step";
}

std::string evidence(const SeriesEntry& entry) {
  switch (entry.file.numbered_by) {
    case NumberSource::option:
      return "--step-from";
    case NumberSource::manifest:
      return "the manifest";
    case NumberSource::attribute:
      return "stated in the files";
    case NumberSource::layout:
      return fmt::format("named as by {}", entry.trainer);
    case NumberSource::label:
      return "labelled in the names";
    case NumberSource::varying:
      return "the number by which the names differ";
    case NumberSource::none:
      break;
  }
  return "no number";
}

// "epoch: stated in the files", with every kind of evidence that some entry rests on.
std::string reason(std::span<const SeriesEntry> numbered, Axis axis) {
  std::vector<std::string> kinds;
  for (const SeriesEntry& entry : numbered) {
    std::string kind = evidence(entry);
    if (std::ranges::find(kinds, kind) == kinds.end()) {
      kinds.push_back(std::move(kind));
    }
  }
  return fmt::format("{}: {}", words(numbered, axis), join(kinds, "; "));
}

void warn_of_equal(Ordered& ordered, Axis axis) {
  const std::vector<SeriesEntry>& entries = ordered.entries;
  const auto equal = std::ranges::adjacent_find(
      entries, {}, [&](const SeriesEntry& entry) { return position(entry, axis); });
  if (equal == entries.end()) {
    return;
  }
  const Axis shown = axis == Axis::epoch_and_step ? Axis::step : axis;
  ordered.warnings.push_back(fmt::format(
      "{} and {} are both {} {}: such checkpoints are kept in the order of their names",
      quoted(*equal), quoted(*std::next(equal)), key(shown), *position(*equal, shown).first));
}

}  // namespace

Ordered by_number(std::vector<SeriesEntry> numbered) {
  Ordered ordered;
  const Axis axis = axis_of(numbered);
  std::ranges::sort(numbered, by_shown_path);
  if (axis != Axis::none) {
    std::ranges::stable_sort(numbered, {},
                             [&](const SeriesEntry& entry) { return position(entry, axis); });
  }
  ordered.order = {.by = std::string(key(axis)), .reason = reason(numbered, axis)};
  ordered.entries = std::move(numbered);
  if (axis == Axis::none) {
    ordered.order.reason = "name: some checkpoints state a step and others an epoch";
    ordered.warnings.emplace_back(
        "some checkpoints state a step and others an epoch: ordered by name");
  } else {
    warn_of_equal(ordered, axis);
  }
  if (axis == Axis::epoch_and_step && contradict(ordered.entries)) {
    ordered.warnings.emplace_back("steps fall while epochs rise: ordered by epoch");
  }
  return ordered;
}

}  // namespace hindcast::io
