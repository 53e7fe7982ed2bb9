#include "correlate/scored_run.hpp"

#include <algorithm>
#include <cmath>

namespace hindcast::correlate {
namespace {

std::optional<double> score_of(const report::CheckpointReport& checkpoint,
                               const std::string& name) {
  const auto score = std::ranges::find(checkpoint.scores, name, &report::LoggedNumber::name);
  return score != checkpoint.scores.end() && score->value && std::isfinite(*score->value)
             ? score->value
             : std::nullopt;
}

std::int64_t measured_layers(const metrics::Summary& summary) {
  std::int64_t most = 0;
  for (const metrics::Aggregate& aggregate : summary.aggregates) {
    most = std::max(most, aggregate.layers);
  }
  return most;
}

ScoredRun scored_run(const report::RunReport& run, const std::string& score,
                     const std::vector<SummaryMetric>& metrics) {
  ScoredRun out;
  out.name = run.name;
  out.checkpoints = run.checkpoints.size();
  out.last = run.checkpoints.empty() ? "" : run.checkpoints.back().name;
  for (const report::CheckpointReport& checkpoint : run.checkpoints) {
    const std::optional<double> value = score_of(checkpoint, score);
    if (!value) {
      continue;
    }
    ScoredCheckpoint& one = out.scored.emplace_back();
    one.name = checkpoint.name;
    one.step = checkpoint.step;
    one.epoch = checkpoint.epoch;
    one.score = *value;
    one.layers = measured_layers(checkpoint.summary);
    for (const SummaryMetric& metric : metrics) {
      one.values.push_back(value_of(metric, checkpoint.summary));
    }
  }
  return out;
}

std::size_t numbers_of(const ScoredRun& run) {
  std::size_t count = 0;
  for (const ScoredCheckpoint& one : run.scored) {
    count += 1 + static_cast<std::size_t>(std::ranges::count_if(
                     one.values, [](const auto& value) { return value.has_value(); }));
  }
  return count;
}

// A few numbers may be the same by chance.
bool are_same(const ScoredRun& a, const ScoredRun& b) {
  constexpr std::size_t kTelling = 8;
  return numbers_of(a) >= kTelling &&
         std::ranges::equal(a.scored, b.scored, [](const auto& one, const auto& other) {
           return one.score == other.score && one.values == other.values;
         });
}

}  // namespace

std::vector<ScoredRun> scored_runs(const report::Report& report, const std::string& score,
                                   const std::vector<SummaryMetric>& metrics) {
  std::vector<ScoredRun> runs;
  for (const report::RunReport& run : report.runs) {
    ScoredRun one = scored_run(run, score, metrics);
    const auto twin =
        std::ranges::find_if(runs, [&](const ScoredRun& other) { return are_same(one, other); });
    one.same_as = twin == runs.end() ? "" : twin->name;
    runs.push_back(std::move(one));
  }
  return runs;
}

}  // namespace hindcast::correlate
