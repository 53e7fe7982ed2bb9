#pragma once

#include "hindcast/analysis/options.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "analysis/glob_use.hpp"
#include "analysis/series_opener.hpp"
#include "report/run_record.hpp"

namespace hindcast::analysis {

/// Writes down what the checkpoints of a run hold, one after the other, without a measurement.
class RecordMaker {
 public:
  RecordMaker(const io::CheckpointSeries& series, const tensor::Selection& selection)
      : series_(series), globs_(selection) {}

  [[nodiscard]] report::RunHeader header() const;

  /// Throws Error{usage}, with the checkpoint's path, where the options contradict the file.
  [[nodiscard]] report::CheckpointRecord record_of(const CheckpointInFlight& checkpoint);

  /// Of the selection: those that matched nothing in any checkpoint so far.
  [[nodiscard]] std::vector<std::string> unmatched_globs() const { return globs_.unmatched(); }

 private:
  const io::CheckpointSeries& series_;
  GlobUse globs_;
  bool has_order_ = false;
};

}  // namespace hindcast::analysis
