#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/report/report.hpp"

#include "gate/rule.hpp"

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
  no_noise,         ///< The baselines are all the same, so that nothing tells chance from change.
};

/// "nothing_matched" and so on; empty for `none`.
[[nodiscard]] std::string_view name(Cause cause) noexcept;

/// So many baselines say how far apart chance alone puts two runs.
inline constexpr std::size_t kLeastBaselines = 3;

/// The baselines' values, where there are several, and what follows from them for one comparison.
struct Noise {
  std::int64_t baselines = 0;     ///< That have the value; at least kLeastBaselines.
  std::int64_t left_out = 0;      ///< That lack it,
  std::string why_left_out = {};  ///< and why the first of them does, in words.
  double deviation = 0.0;         ///< Their standard deviation (n - 1); 0 where they are the same.
  double allowed = 0.0;           ///< So many of these a value may be off without failing.
  double asked = 0.0;             ///< The bound that the rule alone sets, from their mean.
  bool both_sides = false;        ///< Does it fail on either side (`==`)?

  /// Is there any to allow for?
  [[nodiscard]] bool is_any() const noexcept { return deviation > 0.0; }
};

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
  std::optional<double> baseline = {};  ///< The mean of several.
  std::optional<double> bound = {};     ///< As noise leaves it.
  std::optional<Noise> noise = {};
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

/// What is asked of a gate with several baselines.
struct NoiseOptions {
  double false_alarms = 0.05;  ///< The chance that any comparison of the gate fails by noise alone.
  std::optional<double> deviations = {};  ///< In place of it: what each is allowed to be off.
};

/// What the baselines make of a gate, as a whole. The chances hold for a report that differs from
/// the baselines as they do from each other, its values being normal over such runs.
struct Calibration {
  NoiseOptions asked;
  std::int64_t baselines = 0;
  std::int64_t comparisons = 0;    ///< That noise could make fail.
  std::int64_t with_fewer = 0;     ///< Of these, with some of the baselines left out.
  std::int64_t without_noise = 0;  ///< Further ones, where all baselines are the same.
  double false_alarms = 0.0;       ///< The chance that any fails is at most this,
  double most_of_one = 0.0;        ///< and that of a single one at most this.
  /// The least chance that a change of 3 standard deviations of one value makes it fail.
  std::optional<double> power = {};
};

struct GateResult {
  std::vector<RuleResult> rules = {};           ///< In the order of the policy.
  std::vector<NotRead> not_read = {};           ///< Of the report, then of the baselines.
  std::optional<Calibration> calibration = {};  ///< Where there are several baselines.
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

/// The same with several baselines, such as runs with other seeds: what is compared with them is
/// compared with their mean, and fails only if it is besides so many standard deviations off that
/// chance alone seldom puts it there. By Student's t for one more run like n others, t sqrt(1 +
/// 1/n), one-sided but for `==`, and the chance of a false alarm divided by the number of
/// comparisons (Bonferroni), whatever these have to do with each other. What the rule allows is
/// allowed besides; where it asks for more than the mean, noise is allowed around that. A baseline
/// without the value is left out as long as kLeastBaselines have it. Where all are the same, a
/// value that breaks the rule cannot be judged.
///
/// None or one is as above; of two nothing can be judged that is compared with them.
[[nodiscard]] GateResult judge(const std::vector<Rule>& rules, const report::Report& report,
                               std::span<const report::Report* const> baselines,
                               const NoiseOptions& options);

}  // namespace hindcast::gate
