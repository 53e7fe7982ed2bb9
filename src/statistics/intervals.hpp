#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "statistics/coefficients.hpp"

namespace hindcast::statistics {

/// A confidence interval of 95 %.
struct Interval {
  double low = -1.0;
  double high = 1.0;
};

/// Of a coefficient of `size` independent rows, by Fisher's z = atanh(value) with the variance
/// 1 / (n-3) for Pearson; (1 + value^2 / 2) / (n-3) for Spearman, Bonett & Wright (2000); and 0.437
/// / (n-4) for Kendall, Fieller, Hartley & Pearson (1957). None where that is not positive, and
/// none of -1 and 1, which z has no place for.
[[nodiscard]] std::optional<Interval> interval_of(Coefficient coefficient, double value,
                                                  std::size_t size);

/// What one run has to say.
struct RunValue {
  double value = 0.0;
  double weight = 1.0;
  std::size_t size = 0;  ///< Rows.
};

/// Of the weighted mean of several runs' coefficients: the wider of that for independent rows, the
/// variance as above with the runs' n-3 (or n-4) added up, and of that by which the runs differ
/// from each other (Student's t with runs-1 degrees of freedom, on z by its slope there). With one
/// run it is the first alone, too narrow where neighbouring rows are alike.
[[nodiscard]] std::optional<Interval> interval_of_mean(Coefficient coefficient,
                                                       std::span<const RunValue> runs);

}  // namespace hindcast::statistics
