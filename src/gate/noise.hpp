#pragma once

// What several baselines say of chance: how far apart they lie, and so how far off is too far.

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "gate/judge.hpp"

namespace hindcast::gate {

/// Where values lie.
struct Spread {
  double mean = 0.0;
  double deviation = 0.0;  ///< With n - 1; 0 where they are equal but for rounding.
  double rounding = 0.0;   ///< How far apart they are then.
};

/// Of at least two values. Not finite where squares leave the range of a double.
[[nodiscard]] Spread spread_of(std::span<const double> values);

/// How many standard deviations each comparison is allowed.
class Allowance {
 public:
  /// `comparisons` share the false alarms that the options allow.
  Allowance(const NoiseOptions& options, std::int64_t comparisons);

  /// With so many baselines, for a comparison that fails on one side or on both.
  [[nodiscard]] double deviations(std::int64_t baselines, bool both_sides);

  /// The chance that such a comparison fails by noise alone.
  [[nodiscard]] double false_alarms(std::int64_t baselines, bool both_sides) const;

 private:
  NoiseOptions options_;
  double share_;
  std::map<std::pair<std::int64_t, bool>, double> known_;
};

/// The comparison that decides, and its bound.
struct NoiseBound {
  Comparison comparison = Comparison::at_least;
  double bound = 0.0;
};

/// Where a value fails that is to be `comparison` noise.asked. Of `==` it is the end of the range
/// on the value's side.
[[nodiscard]] NoiseBound bound_with(const Spread& spread, const Noise& noise, Comparison comparison,
                                    double value);

/// What is to be said of the gate as a whole; `baselines` were given.
[[nodiscard]] Calibration calibration_of(const std::vector<RuleResult>& rules,
                                         std::int64_t baselines, const NoiseOptions& options);

/// The comparisons that noise could make fail.
[[nodiscard]] std::int64_t count_comparisons(const std::vector<RuleResult>& rules);

}  // namespace hindcast::gate
