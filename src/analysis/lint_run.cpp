// Observe, judge, and read again what jumped, for its exact rotations.

#include "analysis/lint_run.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/rotation.hpp"

#include "analysis/observe_run.hpp"
#include "analysis/opened_table.hpp"
#include "lint/judge.hpp"

namespace hindcast::analysis {
namespace {

// Of a run where everything jumps, a few show it.
constexpr std::size_t kMostMeasured = 16;

bool is_among(const std::string& name, const std::vector<std::string>& names) {
  return names.empty() || std::ranges::find(names, name) != names.end();
}

// The mean over the layers of that name, or all layers; nothing where none can be compared.
std::optional<double> mean_rotation(const OpenedTable& now, const OpenedTable& start,
                                    const std::vector<std::string>& layers) {
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (!now.verdict(i).analysed() || !is_among(now.info(i).name, layers)) {
      continue;
    }
    const std::optional<Counterpart> then = start.find(now.info(i), *now.verdict(i).layout);
    const std::optional<double> rotation =
        then ? metrics::cosine_distance(now.read(i), start.read(*then)) : std::nullopt;
    sum += rotation.value_or(0.0);
    count += rotation ? 1U : 0U;
  }
  return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

lint::Rotations rotations_of(const lint::Finding& finding,
                             const std::vector<io::CheckpointFile>& files,
                             const AnalysisOptions& options) {
  const auto opened = [&](std::size_t position) {
    return OpenedTable(io::open_checkpoint(files[position].path, options.limits),
                       options.selection);
  };
  const OpenedTable start = opened(0);
  lint::Rotations rotations;
  for (std::size_t i = 0; i < rotations.size(); ++i) {
    const bool is_there = i == 1 || finding.neighbours.at(i) != finding.neighbours[1];
    if (is_there) {
      rotations.at(i) = mean_rotation(opened(finding.neighbours.at(i)), start, finding.layers);
    }
  }
  return rotations;
}

std::string in_words(const lint::Rotations& rotations) {
  const auto [before, at, after] = rotations;
  const auto number = [](double value) { return fmt::format("{:.4g}", value); };
  return fmt::format("rotation {}{}{}", before ? number(*before) + ", here " : "here ", number(*at),
                     after ? ", then " + number(*after) : "");
}

void measure(lint::Finding& finding, const std::vector<io::CheckpointFile>& files,
             const AnalysisOptions& options) {
  try {
    finding.rotations = rotations_of(finding, files, options);
  } catch (const Error&) {
    return;  // It could be read before, and is found all the same.
  }
  if (finding.rotations->at(1)) {
    finding.evidence += "; " + in_words(*finding.rotations);
  }
}

}  // namespace

lint::RunFindings lint_run(const io::CheckpointSeries& series, const AnalysisOptions& options,
                           const Progress& progress) {
  const ObservedRun run = observe_run(series, options, progress);
  lint::RunFindings found = lint::judge(run.observation);
  if (found.checkpoints == 1) {
    found.warnings.emplace_back("one checkpoint, which is compared with no other");
  }
  std::size_t measured = 0;
  for (lint::Finding& finding : found.findings) {
    if (finding.wants_rotations && measured < kMostMeasured) {
      measure(finding, run.files, options);
      ++measured;
    }
  }
  return found;
}

}  // namespace hindcast::analysis
