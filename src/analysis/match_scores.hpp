#pragma once

#include <span>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint_series.hpp"
#include "hindcast/report/report.hpp"

#include "io/scores/score_log.hpp"

namespace hindcast::analysis {

/// What a log says of one checkpoint.
struct CheckpointScores {
  std::vector<report::LoggedNumber> scores;
  std::vector<report::LoggedNumber> used_rates;       ///< In the epoch, or steps, that ended here.
  std::vector<report::LoggedNumber> next_used_rates;  ///< In those that followed.
};

struct ScoreMatch {
  std::string by;      ///< "step", "epoch" or "checkpoint"; empty where there is nothing to go by.
  std::string reason;  ///< The rule in words or, where `by` is empty, why there is none.
  std::vector<CheckpointScores> checkpoints = {};  ///< One for each that was asked about.
  std::vector<std::string> warnings = {};
};

/// Finds the rows of each checkpoint of a run. `checkpoints` stand in the order of training.
///
/// Where the log names checkpoints, their rows are those that name them. Else, where both the log
/// and a checkpoint state steps, the source's StepRule holds; rates are the last ones logged after
/// the checkpoint before, and the first ones after this one; where all checkpoints lie one step
/// before the end of their epoch in the log, their steps count from 0. Else rows are those of the
/// checkpoint's epoch, counted as the source counts: by its epoch_shift, unless a trained
/// checkpoint of epoch 0 shows that the names count from 0 as well. Of several rows with a value
/// the last one counts.
[[nodiscard]] ScoreMatch match_scores(const io::ScoreLog& log, const io::ScoreSource& source,
                                      std::span<const io::CheckpointFile> checkpoints);

}  // namespace hindcast::analysis
