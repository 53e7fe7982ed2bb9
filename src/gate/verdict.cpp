// What a gate's result says of itself.

#include <algorithm>
#include <cmath>

#include "gate/judge.hpp"

namespace hindcast::gate {

std::string_view name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::could_not_judge:
      break;
  }
  return "could_not_judge";
}

std::string_view name(Cause cause) noexcept {
  switch (cause) {
    case Cause::none:
      return "";
    case Cause::nothing_matched:
      return "nothing_matched";
    case Cause::no_baseline:
      return "no_baseline";
    case Cause::not_measured:
      return "not_measured";
    case Cause::no_noise:
      break;
  }
  return "no_noise";
}

double shortfall(const Finding& finding) noexcept {
  if (!finding.value || !finding.bound) {
    return 0.0;
  }
  const double larger = std::max(std::abs(*finding.value), std::abs(*finding.bound));
  // Each is divided, because their difference may overflow.
  return larger > 0.0 ? std::abs(*finding.value / larger - *finding.bound / larger) : 0.0;
}

std::int64_t GateResult::count(Verdict verdict) const noexcept {
  return std::ranges::count(rules, verdict, &RuleResult::verdict);
}

Verdict GateResult::verdict() const noexcept {
  return count(Verdict::fail) > 0                                ? Verdict::fail
         : count(Verdict::could_not_judge) > 0 || !error.empty() ? Verdict::could_not_judge
                                                                 : Verdict::pass;
}

}  // namespace hindcast::gate
