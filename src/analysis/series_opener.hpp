#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "hindcast/analysis/options.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/io/checkpoint_series.hpp"

#include "analysis/opened_table.hpp"
#include "report/run_record.hpp"

namespace hindcast::analysis {

/// A checkpoint on its way through the analysis.
struct CheckpointInFlight {
  const io::CheckpointFile* file = nullptr;
  std::shared_ptr<const OpenedTable> table = {};     ///< None where `failure` says why.
  std::shared_ptr<const OpenedTable> initial = {};   ///< The first that could be opened.
  std::shared_ptr<const OpenedTable> previous = {};  ///< The last one before that could be.
  std::optional<Error> failure = {};
  std::vector<std::size_t> tensors = {};       ///< Those that are analysed, in model order.
  std::vector<report::Outcome> outcomes = {};  ///< One for each of `tensors`.
};

/// Opens the checkpoints of a series one after the other. No values are read.
class SeriesOpener {
 public:
  SeriesOpener(const io::CheckpointSeries& series, const AnalysisOptions& options)
      : series_(series), options_(options) {}

  /// Of the checkpoint that is next; the number of checkpoints at the end.
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] bool at_end() const { return position_ == series_.checkpoints.size(); }

  [[nodiscard]] std::shared_ptr<CheckpointInFlight> open_next();

  /// Goes on without opening the next one: it has neither a table nor a failure.
  [[nodiscard]] std::shared_ptr<CheckpointInFlight> pass_over_next();

 private:
  const io::CheckpointSeries& series_;
  const AnalysisOptions& options_;
  std::shared_ptr<const OpenedTable> initial_;
  std::shared_ptr<const OpenedTable> previous_;
  std::size_t position_ = 0;
};

}  // namespace hindcast::analysis
