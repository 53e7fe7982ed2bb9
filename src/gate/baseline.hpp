#pragma once

#include <string>

#include "hindcast/gate/judge.hpp"

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

}  // namespace hindcast::gate
