// Every condition of a rule is judged by itself, at every checkpoint the rule selects, for every
// layer or for all together. What is missing makes a finding, too, so that nothing passes unseen.

#include "hindcast/gate/judge.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "gate/baseline.hpp"
#include "gate/measure_rule.hpp"
#include "gate/not_read.hpp"
#include "gate/select_checkpoints.hpp"

namespace hindcast::gate {
namespace {

using report::CheckpointReport;
using report::LayerReport;
using report::RunReport;

constexpr std::size_t kMissingNamed = 3;

bool holds(double value, Comparison comparison, double bound) {
  switch (comparison) {
    case Comparison::at_least:
      return value >= bound;
    case Comparison::at_most:
      return value <= bound;
    case Comparison::above:
      return value > bound;
    case Comparison::below:
      return value < bound;
    case Comparison::equal:
      break;
  }
  return value == bound;
}

// Between what the value is, were all known.
struct Range {
  double least = -INFINITY;
  double most = INFINITY;
};

// More values can only lower a minimum, raise a maximum and raise a count.
Range range_of(const Rule& rule, const Measured& measured) {
  const double value = *measured.value;
  const std::string& statistic = rule.metric.statistic;
  if (rule.aggregate == Aggregate::min || statistic == "min") {
    return {.least = -INFINITY, .most = value};
  }
  if (rule.aggregate == Aggregate::max || statistic == "max") {
    return {.least = value, .most = INFINITY};
  }
  if (rule.aggregate == Aggregate::count) {
    return {.least = value, .most = value + static_cast<double>(measured.missing.size())};
  }
  return {};
}

// Does the comparison fail for every value of the range?
bool fails_throughout(const Range& range, Comparison comparison, double bound) {
  switch (comparison) {
    case Comparison::at_least:
    case Comparison::above:
      return !holds(range.most, comparison, bound);
    case Comparison::at_most:
    case Comparison::below:
      return !holds(range.least, comparison, bound);
    case Comparison::equal:
      break;
  }
  return bound < range.least || bound > range.most;
}

std::string list_missing(const std::vector<std::string>& missing) {
  std::string out;
  for (std::size_t i = 0; i < std::min(missing.size(), kMissingNamed); ++i) {
    out += (i == 0 ? "" : ", ") + missing[i];
  }
  return missing.size() > kMissingNamed
             ? out + fmt::format(" and {} more", missing.size() - kMissingNamed)
             : out;
}

// A layer that one of two selections has and the other lacks, in words; empty if there is none.
std::string difference(const std::vector<const LayerReport*>& here,
                       const std::vector<const LayerReport*>& there) {
  std::set<std::string_view> names;
  for (const LayerReport* const layer : there) {
    names.insert(layer->name);
  }
  for (const LayerReport* const layer : here) {
    if (names.erase(layer->name) == 0) {
      return fmt::format("the baseline has no layer '{}'", layer->name);
    }
  }
  return names.empty() ? "" : fmt::format("the baseline's layer '{}' is missing", *names.begin());
}

// What a value is compared with.
struct BaselineValue {
  Measured measured;
  Cause cause = Cause::none;
  std::string reason;
};

BaselineValue no_value(Cause cause, std::string reason) {
  return {.measured = {}, .cause = cause, .reason = std::move(reason)};
}

bool uses_baseline(const Rule& rule) {
  return std::ranges::any_of(rule.conditions,
                             [](const Condition& one) { return one.bound.uses_baseline; });
}

Finding unjudged(Finding finding, Cause cause, std::string reason) {
  finding.verdict = Verdict::could_not_judge;
  finding.cause = cause;
  finding.reason = std::move(reason);
  return finding;
}

// Judges one rule on one report.
class RuleJudge {
 public:
  RuleJudge(const Rule& rule, const report::Report& report, const report::Report* baseline)
      : rule_(rule), report_(report), baseline_(baseline) {}

  std::vector<Finding> findings() {
    bool any = false;
    for (const RunReport& run : report_.runs) {
      if (selects(rule_, run)) {
        any = true;
        judge_run(run);
      }
    }
    if (!any) {
      found_.push_back(unjudged(
          {}, Cause::nothing_matched,
          report_.runs.empty() ? "the report has no run" : "no run has a name that matches"));
    }
    if (baseline_ != nullptr && uses_baseline(rule_)) {
      note_missing_runs();
    }
    return std::move(found_);
  }

 private:
  void judge_run(const RunReport& run) {
    const std::size_t before = found_.size();
    const std::vector<const CheckpointReport*> checkpoints = selected_checkpoints(rule_, run);
    const Counterpart<RunReport> other = matching_run(baseline_, report_, run);
    for (const CheckpointReport* const checkpoint : checkpoints) {
      judge_checkpoint(run, *checkpoint, other);
    }
    if (checkpoints.empty()) {
      found_.push_back(unjudged({.run = run.name}, Cause::nothing_matched,
                                run.checkpoints.empty() ? "no checkpoint could be read"
                                                        : "no checkpoint is in this range"));
    } else if (found_.size() == before) {
      found_.push_back(unjudged({.run = run.name}, Cause::not_measured,
                                "none of the selected layers has a value"));
    }
    if (other.part != nullptr && uses_baseline(rule_)) {
      note_missing_checkpoints(run, checkpoints, *other.part);
    }
  }

  // A run that vanished must not make the rest look as good as the baseline.
  void note_missing_runs() {
    for (const RunReport* const run : missing_runs(*baseline_, report_)) {
      if (selects(rule_, *run)) {
        found_.push_back(unjudged({.run = run->name}, Cause::not_measured,
                                  "this run of the baseline is missing"));
      }
    }
  }

  // The last checkpoint is compared with the last, whichever these are.
  void note_missing_checkpoints(const RunReport& run,
                                const std::vector<const CheckpointReport*>& checkpoints,
                                const RunReport& other) {
    if (rule_.selection.checkpoints.kind == CheckpointChoice::Kind::last) {
      return;
    }
    for (const CheckpointReport* const expected : selected_checkpoints(rule_, other)) {
      if (!has_moment_of(*expected, checkpoints)) {
        found_.push_back(unjudged({.run = run.name,
                                   .checkpoint = expected->name,
                                   .step = expected->step,
                                   .epoch = expected->epoch},
                                  Cause::not_measured,
                                  "this checkpoint of the baseline is missing"));
      }
    }
  }

  void judge_checkpoint(const RunReport& run, const CheckpointReport& checkpoint,
                        const Counterpart<RunReport>& other_run) {
    here_ = {.run = run.name,
             .checkpoint = checkpoint.name,
             .step = checkpoint.step,
             .epoch = checkpoint.epoch};
    const Counterpart<CheckpointReport> other =
        matching_checkpoint(other_run, checkpoint, rule_.selection.checkpoints.kind);
    if (!rule_.metric.of_summary && selected_layers(rule_, checkpoint).empty()) {
      found_.push_back(
          unjudged(here_, Cause::nothing_matched,
                   checkpoint.layers.empty() ? "the checkpoint has no layer" : "no layer matches"));
    } else if (rule_.aggregate == Aggregate::each) {
      judge_each(checkpoint, other);
    } else {
      judge_all(measure(rule_, checkpoint), baseline_value(checkpoint, other));
    }
  }

  void judge_each(const CheckpointReport& checkpoint, const Counterpart<CheckpointReport>& other) {
    const std::vector<const LayerReport*> theirs = other.part == nullptr
                                                       ? std::vector<const LayerReport*>{}
                                                       : selected_layers(rule_, *other.part);
    std::set<std::string_view> unmatched;
    for (const LayerReport* const layer : theirs) {
      unmatched.insert(layer->name);
    }
    for (const LayerReport* const layer : selected_layers(rule_, checkpoint)) {
      unmatched.erase(layer->name);
      const auto twin = std::ranges::find(theirs, layer->name, &LayerReport::name);
      BaselineValue value = no_value(other.cause, other.reason);
      if (twin != theirs.end()) {
        value.measured = measure_layer(rule_, **twin);
      } else if (other.part != nullptr) {
        value = no_value(Cause::not_measured, "the baseline has no such layer");
      }
      judge_all(measure_layer(rule_, *layer), value);
    }
    if (uses_baseline(rule_)) {
      for (const std::string_view layer : unmatched) {
        Finding finding = here_;
        finding.layer = layer;
        found_.push_back(
            unjudged(finding, Cause::not_measured, "this layer of the baseline is missing"));
      }
    }
  }

  [[nodiscard]] BaselineValue baseline_value(const CheckpointReport& checkpoint,
                                             const Counterpart<CheckpointReport>& other) const {
    if (other.part == nullptr) {
      return no_value(other.cause, other.reason);
    }
    if (std::string reason =
            difference(selected_layers(rule_, checkpoint), selected_layers(rule_, *other.part));
        !reason.empty()) {
      return no_value(Cause::not_measured, std::move(reason));
    }
    return {.measured = measure(rule_, *other.part), .cause = Cause::none, .reason = ""};
  }

  void judge_all(const Measured& measured, const BaselineValue& baseline) {
    if (!measured.value && rule_.ignore_nulls && rule_.aggregate != Aggregate::summary) {
      return;  // The run gets a finding of its own where nothing is left.
    }
    for (const Condition& condition : rule_.conditions) {
      found_.push_back(judged(measured, condition, baseline));
    }
  }

  [[nodiscard]] Finding judged(const Measured& measured, const Condition& condition,
                               const BaselineValue& baseline) const {
    Finding finding = here_;
    finding.layer = measured.layer;
    finding.condition = expression(condition);
    finding.comparison = condition.comparison;
    finding.value = measured.value;
    if (condition.bound.uses_baseline) {
      if (finding = with_baseline(std::move(finding), condition.bound, baseline);
          finding.cause != Cause::none) {
        return finding;
      }
    } else {
      finding.bound = condition.bound.constant;
    }
    if (!finding.value || !std::isfinite(*finding.value)) {
      return unjudged(
          blamed(std::move(finding), measured), Cause::not_measured,
          measured.missing.empty() ? "the report has no value" : no_value_for(measured.missing));
    }
    return compared(std::move(finding), measured);
  }

  [[nodiscard]] Finding with_baseline(Finding finding, const Bound& bound,
                                      const BaselineValue& baseline) const {
    if (baseline.cause != Cause::none) {
      return unjudged(finding, baseline.cause, baseline.reason);
    }
    finding.baseline = baseline.measured.value;
    if (!finding.baseline || (!baseline.measured.missing.empty() && !rule_.ignore_nulls)) {
      return unjudged(blamed(std::move(finding), baseline.measured), Cause::not_measured,
                      baseline.measured.missing.empty()
                          ? "the baseline has no value"
                          : "in the baseline, " + no_value_for(baseline.measured.missing));
    }
    const double b = *finding.baseline;
    if (bound.of_magnitude != 0.0 && b == 0.0) {
      return unjudged(finding, Cause::not_measured,
                      "the baseline is 0, so that no change is relative to it");
    }
    finding.bound = bound.constant + bound.of_baseline * b + bound.of_magnitude * std::abs(b);
    if (!std::isfinite(*finding.bound)) {
      finding.bound.reset();
      return unjudged(finding, Cause::not_measured, "the bound is beyond the range of a double");
    }
    return finding;
  }

  [[nodiscard]] Finding compared(Finding finding, const Measured& measured) const {
    const double bound = finding.bound.value_or(NAN);
    if (measured.missing.empty() || rule_.ignore_nulls) {
      finding.verdict =
          holds(*finding.value, finding.comparison, bound) ? Verdict::pass : Verdict::fail;
    } else if (fails_throughout(range_of(rule_, measured), finding.comparison, bound)) {
      finding.verdict = Verdict::fail;
    } else {
      return unjudged(blamed(std::move(finding), measured), Cause::not_measured,
                      no_value_for(measured.missing));
    }
    return finding;
  }

  // The extreme of the other layers is no evidence; who reads of a layer is to look at the one
  // that lacks a value.
  [[nodiscard]] Finding blamed(Finding finding, const Measured& measured) const {
    const bool is_extreme = rule_.aggregate == Aggregate::min || rule_.aggregate == Aggregate::max;
    if (is_extreme && !measured.first_missing.empty()) {
      finding.layer = measured.first_missing;
      finding.value.reset();
      finding.baseline.reset();
    }
    return finding;
  }

  [[nodiscard]] static std::string no_value_for(const std::vector<std::string>& missing) {
    return "no value for " + list_missing(missing);
  }

  const Rule& rule_;
  const report::Report& report_;
  const report::Report* baseline_;
  std::vector<Finding> found_;
  Finding here_;
};

Verdict verdict_of(const std::vector<Finding>& findings) {
  const auto has = [&](Verdict verdict) {
    return std::ranges::find(findings, verdict, &Finding::verdict) != findings.end();
  };
  return has(Verdict::fail)              ? Verdict::fail
         : has(Verdict::could_not_judge) ? Verdict::could_not_judge
                                         : Verdict::pass;
}

}  // namespace

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
      break;
  }
  return "not_measured";
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

GateResult judge(const std::vector<Rule>& rules, const report::Report& report,
                 const report::Report* baseline) {
  GateResult result;
  for (const Rule& rule : rules) {
    RuleResult judged{.rule = rule, .findings = RuleJudge(rule, report, baseline).findings()};
    judged.verdict = verdict_of(judged.findings);
    result.rules.push_back(std::move(judged));
  }
  result.not_read = not_read_in(report, baseline);
  return result;
}

}  // namespace hindcast::gate
