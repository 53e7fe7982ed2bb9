#pragma once

#include <string>
#include <vector>

#include "hindcast/analysis/options.hpp"
#include "hindcast/report/report.hpp"

#include "analysis/gain_history.hpp"
#include "report/run_record.hpp"

namespace hindcast::analysis {

/// The report of a run from the records of its checkpoints, in their order; no file is looked at.
class Conclusion {
 public:
  explicit Conclusion(const report::RunHeader& header);

  /// Every tensor must have its outcome. Throws Error{malformed} where one is unchanged and the
  /// checkpoint before has no such layers.
  void add(report::CheckpointRecord record);

  /// The checkpoint added last, of those that could be read; null if there is none.
  [[nodiscard]] const report::CheckpointReport* last() const;

  /// Once, at the end. Throws Error{usage} where the options contradict the run.
  [[nodiscard]] report::RunReport finish(std::vector<std::string> unmatched_globs,
                                         const ScheduleOptions& schedule);

 private:
  report::RunReport report_;
  report::InitialCheckpoint initial_;  // As it was found.
  GainHistory history_;
};

/// The report of a run that could not be analysed.
[[nodiscard]] report::RunReport failed_run(const std::string& name, const std::string& reason);

}  // namespace hindcast::analysis
