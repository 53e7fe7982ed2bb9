// A value against its bound. What is missing is no pass: there is a verdict all the same where no
// missing value could change it.

#include "gate/judge_value.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::gate {
namespace {

constexpr std::size_t kMissingNamed = 3;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

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
  double least = -kInfinity;
  double most = kInfinity;
};

// More values can only lower a minimum, raise a maximum and raise a count.
Range range_of(const Rule& rule, const Measured& measured) {
  const double value = *measured.value;
  const std::string& statistic = rule.metric.statistic;
  if (rule.aggregate == Aggregate::min || statistic == "min") {
    return {.least = -kInfinity, .most = value};
  }
  if (rule.aggregate == Aggregate::max || statistic == "max") {
    return {.least = value, .most = kInfinity};
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

std::string no_value_for(const std::vector<std::string>& missing) {
  std::string out = "no value for ";
  for (std::size_t i = 0; i < std::min(missing.size(), kMissingNamed); ++i) {
    out += (i == 0 ? "" : ", ") + missing[i];
  }
  return missing.size() > kMissingNamed
             ? out + fmt::format(" and {} more", missing.size() - kMissingNamed)
             : out;
}

bool is_whole(const Rule& rule, const Measured& measured) {
  return measured.missing.empty() || rule.ignore_nulls;
}

std::string why_no_value(const Measured& baseline) {
  return baseline.missing.empty() ? "the baseline has no value"
                                  : "in the baseline, " + no_value_for(baseline.missing);
}

// The extreme of the other layers is no evidence; who reads of a layer is to look at the one that
// lacks a value.
Finding blamed(const Rule& rule, Finding finding, const Measured& measured) {
  const bool is_extreme = rule.aggregate == Aggregate::min || rule.aggregate == Aggregate::max;
  if (is_extreme && !measured.first_missing.empty()) {
    finding.layer = measured.first_missing;
    finding.value.reset();
    finding.baseline.reset();
  }
  return finding;
}

// The baseline is in the finding already.
Finding with_bound(Finding finding, const Bound& bound) {
  const double b = finding.baseline.value_or(NAN);
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

Finding with_baseline(const Rule& rule, Finding finding, const Bound& bound,
                      const BaselineValue& baseline) {
  if (baseline.cause != Cause::none) {
    return unjudged(finding, baseline.cause, baseline.reason);
  }
  finding.baseline = baseline.measured.value;
  if (!finding.baseline || !is_whole(rule, baseline.measured)) {
    return unjudged(blamed(rule, std::move(finding), baseline.measured), Cause::not_measured,
                    why_no_value(baseline.measured));
  }
  return with_bound(std::move(finding), bound);
}

// The baselines that have the value, and what the others lack.
struct Usable {
  std::vector<double> values = {};
  std::int64_t left_out = 0;
  std::string why = {};  // Of the first.
};

Usable usable(const Rule& rule, std::span<const BaselineValue> baselines) {
  Usable out;
  for (const BaselineValue& one : baselines) {
    const std::optional<double>& value = one.measured.value;
    if (one.cause == Cause::none && value && std::isfinite(*value) &&
        is_whole(rule, one.measured)) {
      out.values.push_back(*value);
      continue;
    }
    if (out.left_out++ == 0) {
      out.why = one.cause == Cause::none ? why_no_value(one.measured) : one.reason;
    }
  }
  return out;
}

// With the bound that noise leaves.
Finding with_noise(const Rule& rule, Finding finding, const Condition& condition,
                   std::span<const BaselineValue> baselines, Allowance& allowance) {
  const Usable found = usable(rule, baselines);
  if (found.values.size() < kLeastBaselines) {
    return unjudged(finding, Cause::not_measured,
                    fmt::format("noise takes at least {} baselines with a value, and {} of {} have "
                                "one: {}",
                                kLeastBaselines, found.values.size(), baselines.size(), found.why));
  }
  const Spread spread = spread_of(found.values);
  finding.baseline = spread.mean;
  finding = with_bound(std::move(finding), condition.bound);
  if (!finding.bound || !finding.value || !std::isfinite(*finding.value)) {
    return finding;
  }
  Noise noise{.baselines = static_cast<std::int64_t>(found.values.size()),
              .left_out = found.left_out,
              .why_left_out = found.why,
              .deviation = spread.deviation,
              .asked = *finding.bound,
              .both_sides = condition.comparison == Comparison::equal};
  noise.allowed = noise.is_any() ? allowance.deviations(noise.baselines, noise.both_sides) : 0.0;
  const NoiseBound bound = bound_with(spread, noise, condition.comparison, *finding.value);
  if (!std::isfinite(bound.bound)) {
    finding.bound.reset();
    return unjudged(finding, Cause::not_measured,
                    "the noise of the baselines is beyond the range of a double");
  }
  finding.comparison = bound.comparison;
  finding.bound = bound.bound;
  finding.noise = noise;
  return finding;
}

Finding compared(const Rule& rule, Finding finding, const Measured& measured) {
  const double bound = finding.bound.value_or(NAN);
  if (is_whole(rule, measured)) {
    finding.verdict =
        holds(*finding.value, finding.comparison, bound) ? Verdict::pass : Verdict::fail;
  } else if (fails_throughout(range_of(rule, measured), finding.comparison, bound)) {
    finding.verdict = Verdict::fail;
  } else {
    return unjudged(blamed(rule, std::move(finding), measured), Cause::not_measured,
                    no_value_for(measured.missing));
  }
  return finding;
}

// Where no baseline differs from another, nothing says that chance could not have done it.
Finding excused(Finding finding) {
  if (finding.verdict != Verdict::fail || !finding.noise || finding.noise->is_any()) {
    return finding;
  }
  return unjudged(
      finding, Cause::no_noise,
      fmt::format("{} is not {} {}, but the {} baselines are all the same here, so that "
                  "change cannot be told from chance",
                  shortest(*finding.value), sign(finding.comparison), shortest(*finding.bound),
                  finding.noise->baselines));
}

}  // namespace

Finding unjudged(Finding finding, Cause cause, std::string reason) {
  finding.verdict = Verdict::could_not_judge;
  finding.cause = cause;
  finding.reason = std::move(reason);
  return finding;
}

Finding judge_value(const Rule& rule, const Condition& condition, Finding place,
                    const Measured& measured, std::span<const BaselineValue> baselines,
                    Allowance& allowance) {
  Finding finding = std::move(place);
  finding.layer = measured.layer;
  finding.condition = expression(condition);
  finding.comparison = condition.comparison;
  finding.value = measured.value;
  if (!condition.bound.uses_baseline) {
    finding.bound = condition.bound.constant;
  } else {
    finding = baselines.size() == 1
                  ? with_baseline(rule, std::move(finding), condition.bound, baselines.front())
                  : with_noise(rule, std::move(finding), condition, baselines, allowance);
    if (finding.cause != Cause::none) {
      return finding;
    }
  }
  if (!finding.value || !std::isfinite(*finding.value)) {
    return unjudged(
        blamed(rule, std::move(finding), measured), Cause::not_measured,
        measured.missing.empty() ? "the report has no value" : no_value_for(measured.missing));
  }
  return excused(compared(rule, std::move(finding), measured));
}

}  // namespace hindcast::gate
