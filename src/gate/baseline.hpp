#pragma once

#include <string>
#include <vector>

#include "gate/judge.hpp"
#include "gate/window.hpp"

namespace hindcast::gate {

/// The counterpart of something in the baseline, or why there is none.
template <typename Part>
struct Counterpart {
  const Part* part = nullptr;
  Cause cause = Cause::none;
  std::string reason;
};

/// The baseline's run to compare a run with.
[[nodiscard]] Counterpart<report::RunReport> matching_run(const report::Report* baseline,
                                                          const report::Report& report,
                                                          const report::RunReport& run);

/// Of that run, the checkpoint to compare a checkpoint with.
[[nodiscard]] Counterpart<report::CheckpointReport> matching_checkpoint(
    const Counterpart<report::RunReport>& run, const report::CheckpointReport& checkpoint,
    CheckpointChoice::Kind choice);

/// What a window is compared with; empty where there is nothing.
struct BaselineWindow {
  Window window = {};
  Cause cause = Cause::none;
  std::string reason = {};
};

/// Of that run: the same checkpoint, or, for a trend, as many of its last ones.
[[nodiscard]] BaselineWindow matching_window(const Rule& rule,
                                             const Counterpart<report::RunReport>& run,
                                             const Window& window);

/// The baseline's runs that the report does not have.
[[nodiscard]] std::vector<const report::RunReport*> missing_runs(const report::Report& baseline,
                                                                 const report::Report& report);

/// Is one of them the same moment of training as `checkpoint`?
[[nodiscard]] bool has_moment_of(const report::CheckpointReport& checkpoint,
                                 const std::vector<const report::CheckpointReport*>& candidates);

}  // namespace hindcast::gate
