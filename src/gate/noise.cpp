// One more run like n others: its value less their mean has the variance s^2 (1 + 1/n), and over
// that root it is Student's t with n - 1 degrees of freedom. The chances of several comparisons add
// up to no less than that of any of them (Bonferroni).

#include "gate/noise.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "statistics/coefficients.hpp"
#include "statistics/student.hpp"

namespace hindcast::gate {
namespace {

constexpr double kPlantedShift = 3.0;  // What the power is told for.

double sides(bool both_sides) {
  return both_sides ? 2.0 : 1.0;
}

// The standard deviation of the difference, over that of one run.
double of_difference(std::int64_t baselines) {
  return std::sqrt(1.0 + 1.0 / static_cast<double>(baselines));
}

std::size_t degrees(std::int64_t baselines) {
  return static_cast<std::size_t>(baselines - 1);
}

// The chance of finding a shift with so many baselines, and so many standard deviations allowed.
double power(std::int64_t baselines, double allowed) {
  const double scale = of_difference(baselines);
  return statistics::shifted_student_above(allowed / scale, degrees(baselines),
                                           kPlantedShift / scale);
}

}  // namespace

Spread spread_of(std::span<const double> values) {
  const auto [low, high] = std::ranges::minmax(values);
  if (statistics::is_constant(values)) {
    return {.mean = low + 0.5 * (high - low), .deviation = 0.0, .rounding = high - low};
  }
  const auto count = static_cast<double>(values.size());
  double sum = 0.0;
  for (const double value : values) {
    sum += value;
  }
  Spread out{.mean = sum / count};
  double squares = 0.0;
  for (const double value : values) {
    squares += (value - out.mean) * (value - out.mean);
  }
  out.deviation = std::sqrt(squares / (count - 1.0));
  return out;
}

Allowance::Allowance(const NoiseOptions& options, std::int64_t comparisons)
    : options_(options),
      share_(options.false_alarms / static_cast<double>(std::max<std::int64_t>(comparisons, 1))) {}

double Allowance::deviations(std::int64_t baselines, bool both_sides) {
  if (options_.deviations) {
    return *options_.deviations;
  }
  const auto [place, is_new] = known_.try_emplace({baselines, both_sides});
  if (is_new) {
    place->second = statistics::student_quantile(share_ / sides(both_sides), degrees(baselines)) *
                    of_difference(baselines);
  }
  return place->second;
}

double Allowance::false_alarms(std::int64_t baselines, bool both_sides) const {
  if (!options_.deviations) {
    return share_;
  }
  return sides(both_sides) *
         statistics::student_above(*options_.deviations / of_difference(baselines),
                                   degrees(baselines));
}

NoiseBound bound_with(const Spread& spread, const Noise& noise, Comparison comparison,
                      double value) {
  const double asked = noise.asked;
  const double width = noise.allowed * noise.deviation + spread.rounding;
  const double below = std::min(asked, std::max(asked, spread.mean) - width);
  const double above = std::max(asked, std::min(asked, spread.mean) + width);
  switch (comparison) {
    case Comparison::at_least:
    case Comparison::above:
      return {.comparison = comparison, .bound = below};
    case Comparison::at_most:
    case Comparison::below:
      return {.comparison = comparison, .bound = above};
    case Comparison::equal:
      break;
  }
  return value < asked ? NoiseBound{Comparison::at_least, asked - width}
                       : NoiseBound{Comparison::at_most, asked + width};
}

std::int64_t count_comparisons(const std::vector<RuleResult>& rules) {
  std::int64_t count = 0;
  for (const RuleResult& rule : rules) {
    count += std::ranges::count_if(rule.findings, [](const Finding& finding) {
      return finding.noise && finding.noise->is_any();
    });
  }
  return count;
}

Calibration calibration_of(const std::vector<RuleResult>& rules, std::int64_t baselines,
                           const NoiseOptions& options) {
  Calibration out{.asked = options, .baselines = baselines};
  out.comparisons = count_comparisons(rules);
  const Allowance allowance(options, out.comparisons);
  std::set<std::pair<std::int64_t, double>> kinds;  // Of baselines and allowances; few.
  for (const RuleResult& rule : rules) {
    for (const Finding& finding : rule.findings) {
      if (!finding.noise) {
        continue;
      }
      const Noise& noise = *finding.noise;
      if (!noise.is_any()) {
        ++out.without_noise;
        continue;
      }
      const double chance = allowance.false_alarms(noise.baselines, noise.both_sides);
      kinds.emplace(noise.baselines, noise.allowed);
      out.with_fewer += noise.left_out > 0 ? 1 : 0;
      out.false_alarms += chance;
      out.most_of_one = std::max(out.most_of_one, chance);
    }
  }
  for (const auto& [count, allowed] : kinds) {
    out.power = std::min(out.power.value_or(1.0), power(count, allowed));
  }
  out.false_alarms = options.deviations    ? std::min(out.false_alarms, 1.0)
                     : out.comparisons > 0 ? options.false_alarms
                                           : 0.0;
  return out;
}

}  // namespace hindcast::gate
