#pragma once

#include <span>
#include <string>

#include "gate/judge.hpp"
#include "gate/measure_rule.hpp"
#include "gate/noise.hpp"

namespace hindcast::gate {

/// What a value is compared with, or why there is nothing.
struct BaselineValue {
  Measured measured = {};
  Cause cause = Cause::none;
  std::string reason = {};
};

/// A finding that is no verdict.
[[nodiscard]] Finding unjudged(Finding finding, Cause cause, std::string reason);

/// Judges one condition of a rule. `place` says where; of `baselines`, one for each that was given,
/// there is at least one where the condition asks for any.
[[nodiscard]] Finding judge_value(const Rule& rule, const Condition& condition, Finding place,
                                  const Measured& measured,
                                  std::span<const BaselineValue> baselines, Allowance& allowance);

}  // namespace hindcast::gate
