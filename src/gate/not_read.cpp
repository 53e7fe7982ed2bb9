#include "gate/not_read.hpp"

namespace hindcast::gate {
namespace {

void add_from(std::vector<NotRead>& out, const report::Report& report, bool of_baseline) {
  for (const report::RunReport& run : report.runs) {
    for (const report::UnreadCheckpoint& unread : run.unread) {
      out.push_back({.of_baseline = of_baseline,
                     .run = run.name,
                     .path = unread.path,
                     .reason = unread.reason});
    }
    if (run.checkpoints.empty() && run.unread.empty()) {
      out.push_back({.of_baseline = of_baseline,
                     .run = run.name,
                     .path = "",
                     .reason = "it has no checkpoint"});
    }
  }
}

}  // namespace

std::vector<NotRead> not_read_in(const report::Report& report,
                                 std::span<const report::Report* const> baselines) {
  std::vector<NotRead> out;
  add_from(out, report, false);
  for (const report::Report* const baseline : baselines) {
    add_from(out, *baseline, true);
  }
  return out;
}

}  // namespace hindcast::gate
