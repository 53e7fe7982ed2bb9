#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint_series.hpp"

#include "io/step_name.hpp"

namespace hindcast::io {

/// How strongly a checkpoint claims to be the initial one.
enum class InitialRank { none, named, step_zero, attribute };

/// A checkpoint while its place in the series is being found.
struct SeriesEntry {
  CheckpointFile file;
  std::string stem;
  StepName words;
  std::optional<std::int64_t> named_step;  ///< What the name says, whatever the file states.
  std::optional<std::int64_t> named_epoch;
  std::string trainer;  ///< Whose way of naming the name follows; empty if none's.
  InitialRank rank = InitialRank::none;
  std::string initial_reason;

  [[nodiscard]] bool numbered() const { return file.step || file.epoch; }
};

/// `file` as it was found, with the numbers it states itself; its name says the rest.
[[nodiscard]] SeriesEntry entry_of(CheckpointFile file);

/// By shown path in natural order: total, so that no order of directories shows through.
[[nodiscard]] bool by_shown_path(const SeriesEntry& a, const SeriesEntry& b);

/// "'a'", "'a' and 'b'", "'a', 'b' and 3 more".
[[nodiscard]] std::string quoted(const SeriesEntry& entry);
[[nodiscard]] std::string listed(std::span<const SeriesEntry> entries);

/// Takes those that belong out of `entries`, and returns them.
[[nodiscard]] std::vector<SeriesEntry> extract(std::vector<SeriesEntry>& entries,
                                               bool (*belongs)(const SeriesEntry&));

}  // namespace hindcast::io
