#include "lint/judge.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "lint/claims.hpp"
#include "lint/copies.hpp"
#include "lint/path_findings.hpp"
#include "lint/run_view.hpp"
#include "lint/value_findings.hpp"

namespace hindcast::lint {
namespace {

void add(std::vector<Finding> more, std::vector<Finding>& findings) {
  std::ranges::move(more, std::back_inserter(findings));
}

// A filter that dies at once is a jump of its layer; it is told as what it is.
void leave_out_deaths(std::vector<Finding>& findings) {
  const auto dies = [&](const Finding& jump) {
    return std::ranges::any_of(findings, [&](const Finding& finding) {
      return finding.kind == Kind::dead_filter && finding.position == jump.position &&
             finding.layers == jump.layers;
    });
  };
  std::vector<Finding> kept;
  for (const Finding& finding : findings) {
    if (finding.kind != Kind::rotation_jump || !dies(finding)) {
      kept.push_back(finding);
    }
  }
  findings = std::move(kept);
}

Finding unread(const Unread& file) {
  Finding finding{.kind = Kind::unread_checkpoint, .severity = Severity::note};
  finding.at = {.checkpoint = file.path, .path = file.path};
  finding.evidence = printable_line(file.reason);
  return finding;
}

}  // namespace

RunFindings judge(const RunObservation& run) {
  const RunView view(run);
  RunFindings out{.name = run.name,
                  .checkpoints = run.checkpoints.size(),
                  .layers = view.layers().size(),
                  .other_tensors = run.tensors.size() - view.layers().size(),
                  .warnings = run.warnings};
  const Copies copies = find_copies(view);
  add(copies.findings, out.findings);
  add(find_off_path(view, copies), out.findings);
  add(find_contradictions(view), out.findings);
  add(find_bad_values(view), out.findings);
  leave_out_deaths(out.findings);
  std::ranges::transform(run.unread, std::back_inserter(out.findings), unread);
  std::ranges::stable_sort(out.findings, {}, [](const Finding& finding) {
    return std::tuple(finding.severity, finding.position, finding.kind);
  });
  return out;
}

}  // namespace hindcast::lint
