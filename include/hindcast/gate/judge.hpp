#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/gate/rule.hpp"
#include "hindcast/report/report.hpp"

namespace hindcast::gate {

enum class Verdict { pass, fail, could_not_judge };

/// "pass", "fail" or "could_not_judge".
[[nodiscard]] std::string_view name(Verdict verdict) noexcept;

/// Why something could not be judged.
enum class Cause {
  none,             ///< It was judged.
  nothing_matched,  ///< The rule selects nothing of this report: a mistake in the policy.
  no_baseline,      ///< The rule compares with a baseline and there is none.
  not_measured,     ///< A value is missing, here or in the baseline.
};

/// "nothing_matched" and so on; empty for `none`.
[[nodiscard]] std::string_view name(Cause cause) noexcept;

/// One condition of a rule at one checkpoint, of all layers together or of one, with the evidence.
struct Finding {
  std::string run = {};         ///< Empty where no run matched.
  std::string checkpoint = {};  ///< Empty where none matched.
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};
  std::string layer = {};      ///< The layer judged or the one with the extreme value; else empty.
  std::string condition = {};  ///< ">= 0.95 * baseline"
  Comparison comparison = Comparison::at_least;
  std::optional<double> value = {};
  std::optional<double> baseline = {};
  std::optional<double> bound = {};
  Verdict verdict = Verdict::could_not_judge;
  Cause cause = Cause::none;
  std::string reason = {};  ///< Why it could not be judged, in words; empty if it was.
};

/// How far a value is past its bound, relative to the larger of the two: 0 to 2. 0 where there is
/// no value or no bound.
[[nodiscard]] double shortfall(const Finding& finding) noexcept;

struct RuleResult {
  Rule rule;
  /// fail if anything failed; else could_not_judge if anything could not be judged.
  Verdict verdict = Verdict::could_not_judge;
  std::vector<Finding> findings = {};  ///< At least one.
};

/// A checkpoint that no rule could judge, because it was not read.
struct NotRead {
  bool of_baseline = false;
  std::string run = {};
  std::string path = {};  ///< Empty where the whole run is meant.
  std::string reason = {};
};

struct GateResult {
  std::vector<RuleResult> rules = {};  ///< In the order of the policy.
  std::vector<NotRead> not_read = {};  ///< Of the report, then of the baseline.
  std::string error = {};  ///< Why nothing was judged at all, so that there are no rules; or empty.

  [[nodiscard]] std::int64_t count(Verdict verdict) const noexcept;  ///< Of rules.

  /// fail if a rule failed; else could_not_judge if one could not be judged or there is an error.
  [[nodiscard]] Verdict verdict() const noexcept;
};

/// Judges a report. A missing value, layer, run or baseline is never a pass: the rule could then
/// not be judged, unless it fails whatever the missing value is.
///
/// Runs are matched with the baseline's by name, or the only run with the only run; the last
/// checkpoint with the last, others by step, epoch or name, whichever both have; layers by name.
/// What the baseline has of all that, the rule selects and the report lacks is missing, too.
[[nodiscard]] GateResult judge(const std::vector<Rule>& rules, const report::Report& report,
                               const report::Report* baseline);

}  // namespace hindcast::gate
