#include "analysis/rescore.hpp"

#include <utility>

#include "hindcast/io/checkpoint_series.hpp"

#include "analysis/score_book.hpp"

namespace hindcast::analysis {
namespace {

// What a report still says of the files it is of, as far as scores are matched by it.
io::CheckpointSeries series_of(const report::RunReport& run) {
  io::CheckpointSeries series;
  series.name = run.name;
  const bool has_initial = run.initial.how != io::name(io::InitialEvidence::first);
  for (const report::CheckpointReport& checkpoint : run.checkpoints) {
    io::CheckpointFile file;
    file.path = checkpoint.path;
    file.name = checkpoint.name;
    file.shown_path = checkpoint.path;
    file.step = checkpoint.step;
    file.epoch = checkpoint.epoch;
    file.initial = has_initial && run.initial.checkpoint == checkpoint.name;
    series.checkpoints.push_back(std::move(file));
  }
  return series;
}

}  // namespace

void rescore(report::Report& report, const std::filesystem::path& table) {
  ScoreBook book({.search = false, .file = table}, false);
  book.require_fit(report.runs.size());
  for (report::RunReport& run : report.runs) {
    book.add(series_of(run));
    run.scores.reset();
    for (report::CheckpointReport& checkpoint : run.checkpoints) {
      checkpoint.scores.clear();
      checkpoint.used_rates.clear();
      checkpoint.next_used_rates.clear();
    }
  }
  book.write(report.runs);
}

}  // namespace hindcast::analysis
