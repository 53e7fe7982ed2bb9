#include "correlate/warnings.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::correlate {
namespace {

using Warnings = std::vector<std::string>;

void warn_of_runs(const CorrelationReport& report, Warnings& out) {
  for (const RunUsed& run : report.runs) {
    const std::string who = fmt::format("run '{}'", printable(run.name));
    if (!run.same_as.empty()) {
      out.push_back(
          fmt::format("{} has the same numbers as run '{}': it is left out, for it would count "
                      "one training twice",
                      who, printable(run.same_as)));
    } else if (run.scored == 0) {
      out.push_back(
          fmt::format("{} has no score '{}': it is left out", who, printable(report.score.name)));
    } else if (run.ends_early) {
      out.push_back(
          fmt::format("{} has no score at its last checkpoint: across runs it stands at '{}'", who,
                      printable(run.end)));
    }
  }
}

// Different lengths of training are a reason of their own for runs to differ.
void warn_of_ends(std::span<const ScoredRun> runs, Warnings& out) {
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
  for (const ScoredRun& run : runs) {
    if (run.same_as.empty() && !run.scored.empty() && run.scored.back().epoch) {
      const std::int64_t epoch = *run.scored.back().epoch;
      least = std::min(least.value_or(epoch), epoch);
      most = std::max(most.value_or(epoch), epoch);
    }
  }
  if (least && *least != *most) {
    out.push_back(
        fmt::format("the runs end at different epochs, {} to {}: across runs a metric may only "
                    "follow the length of the training",
                    *least, *most));
  }
}

struct LayerCounts {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t most = 0;

  void add(std::int64_t layers) {
    least = std::min(least, layers);
    most = std::max(most, layers);
  }
};

// Means and sums over other layers are other numbers.
void warn_of_layers(std::span<const ScoredRun> runs, Warnings& out) {
  LayerCounts at_ends;
  for (const ScoredRun& run : runs) {
    if (!run.same_as.empty() || run.scored.empty()) {
      continue;
    }
    at_ends.add(run.scored.back().layers);
    LayerCounts own;
    for (const ScoredCheckpoint& checkpoint : run.scored) {
      own.add(checkpoint.layers);
    }
    if (own.least < own.most) {
      out.push_back(
          fmt::format("run '{}' has {} to {} layers with values: what is taken over all of them "
                      "moves for that alone",
                      printable(run.name), own.least, own.most));
    }
  }
  if (at_ends.least < at_ends.most) {
    out.push_back(
        fmt::format("the runs have {} to {} layers with values at their ends: across runs sums, "
                    "means and norms may only follow that",
                    at_ends.least, at_ends.most));
  }
}

}  // namespace

std::vector<std::string> warnings_of(const CorrelationReport& report,
                                     std::span<const ScoredRun> runs) {
  Warnings out;
  warn_of_runs(report, out);
  warn_of_ends(runs, out);
  warn_of_layers(runs, out);
  return out;
}

}  // namespace hindcast::correlate
