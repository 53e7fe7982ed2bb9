#include "analysis/epoch_ends.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

// Missing epochs are listed up to this many: a wrong label must not fill the report.
constexpr std::size_t kMostMissing = 10'000;

void list_missing(EpochEnds& ends, std::int64_t from, std::int64_t to) {
  ends.missing_count += std::max<std::int64_t>(to - from, 0);
  for (; from < to && ends.missing.size() < kMostMissing; ++from) {
    ends.missing.push_back(from);
  }
}

EpochEnds by_step(std::span<const Moment> moments, std::int64_t steps_per_epoch) {
  EpochEnds ends;
  std::int64_t expected = 0;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    if (!moments[i].step) {
      throw Error(ErrorCode::usage,
                  fmt::format("--steps-per-epoch needs the step of every checkpoint, and '{}' "
                              "states none",
                              printable(moments[i].checkpoint)));
    }
    const std::int64_t step = *moments[i].step;
    if (step <= 0 || step % steps_per_epoch != 0) {
      continue;
    }
    const std::int64_t epoch = step / steps_per_epoch - 1;
    if (epoch < expected) {
      ++repeated;
      continue;
    }
    list_missing(ends, expected, epoch);
    expected = epoch + 1;
    ends.moments.push_back(i);
  }
  if (!ends.missing.empty()) {
    ends.notes.push_back(
        fmt::format("the ends of some epochs are missing among the checkpoints "
                    "({}): RMSGD would have seen every one",
                    ends.missing_count));
  }
  if (repeated > 0) {
    ends.notes.push_back(fmt::format(
        "{} checkpoints stand at the end of an epoch that another one stands for already",
        repeated));
  }
  return ends;
}

void note_unlabelled(EpochEnds& ends, std::span<const Moment> moments) {
  const bool any_step =
      std::ranges::any_of(moments, [](const Moment& m) { return m.step.has_value(); });
  ends.notes.emplace_back(
      any_step ? "checkpoints are labelled by step and each is taken as the end of an epoch, which "
                 "is not what RMSGD would have seen; give --steps-per-epoch"
               : "nothing says how far apart the checkpoints are: each is taken as the end of an "
                 "epoch");
}

// Numbering starts at 0 or at 1; both mean the end of the first epoch. The initial checkpoint may
// tell which, unless it is of another training.
std::int64_t first_expected(std::int64_t first, std::optional<std::int64_t> before) {
  if (before && *before < first) {
    return *before + 1;
  }
  return first >= 1 ? 1 : 0;
}

void note_gaps(EpochEnds& ends, std::span<const Moment> moments,
               std::optional<std::int64_t> before) {
  const auto numbered = [](const Moment& moment) { return moment.epoch.has_value(); };
  std::int64_t expected = first_expected(*std::ranges::find_if(moments, numbered)->epoch, before);
  bool repeated = false;
  for (const Moment& moment : moments) {
    if (!moment.epoch) {
      continue;
    }
    repeated = repeated || *moment.epoch < expected;
    list_missing(ends, expected, *moment.epoch);
    expected = *moment.epoch + 1;
  }
  if (!ends.missing.empty() || repeated) {
    ends.notes.push_back(fmt::format(
        "checkpoints are not one epoch apart ({}): RMSGD would have seen the end of every epoch, "
        "so these are not the rates it would have prescribed",
        repeated ? "some belong to the same epoch"
                 : fmt::format("epochs missing: {}", ends.missing_count)));
  }
  const auto unnumbered = std::ranges::count_if(moments, std::not_fn(numbered));
  if (unnumbered > 0) {
    ends.notes.push_back(
        fmt::format("{} of {} checkpoints state no epoch: each is taken as the end of one more",
                    unnumbered, moments.size()));
  }
}

EpochEnds as_saved(std::span<const Moment> moments, std::optional<std::int64_t> before) {
  EpochEnds ends;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    ends.moments.push_back(i);
  }
  if (moments.empty()) {
    return ends;
  }
  if (std::ranges::any_of(moments, [](const Moment& m) { return m.epoch.has_value(); })) {
    note_gaps(ends, moments, before);
  } else {
    note_unlabelled(ends, moments);
  }
  return ends;
}

}  // namespace

EpochEnds epoch_ends(std::span<const Moment> moments, std::optional<std::int64_t> steps_per_epoch,
                     std::optional<std::int64_t> before) {
  return steps_per_epoch ? by_step(moments, *steps_per_epoch) : as_saved(moments, before);
}

}  // namespace hindcast::analysis
