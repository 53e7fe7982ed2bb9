#include "statistics/intervals.hpp"

#include <algorithm>
#include <cmath>

#include "statistics/student.hpp"

namespace hindcast::statistics {
namespace {

constexpr double kAbove = 0.025;
constexpr double kNormalQuantile = 1.959963984540054;  // Leaves 2.5 % of a normal variable above.

// What is taken off the number of rows in the variance of z.
double lost_rows(Coefficient coefficient) {
  return coefficient == Coefficient::kendall ? 4.0 : 3.0;
}

double variance_of_one(Coefficient coefficient, double value) {
  switch (coefficient) {
    case Coefficient::pearson:
      return 1.0;
    case Coefficient::spearman:
      return 1.0 + 0.5 * value * value;
    case Coefficient::kendall:
      break;
  }
  return 0.437;
}

Interval around(double value, double half_width) {
  const double z = std::atanh(value);
  return {.low = std::tanh(z - half_width), .high = std::tanh(z + half_width)};
}

// Rounding may leave a coefficient of 1 a little below it.
bool is_perfect(double value) {
  return std::abs(value) >= 1.0 - 1e-12;
}

// Half the width on z, from independent rows.
double width_by_rows(Coefficient coefficient, double value, double rows) {
  return kNormalQuantile * std::sqrt(variance_of_one(coefficient, value) / rows);
}

// The same from how the runs differ; 0 of a single one.
double width_by_runs(std::span<const RunValue> runs, double mean, double weights) {
  if (runs.size() < 2) {
    return 0.0;
  }
  double variance = 0.0;
  for (const RunValue& run : runs) {
    const double apart = run.weight / weights * (run.value - mean);
    variance += apart * apart;
  }
  const auto count = static_cast<double>(runs.size());
  const double error = std::sqrt(variance * count / (count - 1.0));
  return student_quantile(kAbove, runs.size() - 1) * error / (1.0 - mean * mean);
}

}  // namespace

std::optional<Interval> interval_of(Coefficient coefficient, double value, std::size_t size) {
  const double rows = static_cast<double>(size) - lost_rows(coefficient);
  if (rows <= 0.0 || is_perfect(value)) {
    return std::nullopt;
  }
  return around(value, width_by_rows(coefficient, value, rows));
}

std::optional<Interval> interval_of_mean(Coefficient coefficient, std::span<const RunValue> runs) {
  double weights = 0.0;
  double sum = 0.0;
  double rows = 0.0;
  for (const RunValue& run : runs) {
    weights += run.weight;
    sum += run.weight * run.value;
    rows += std::max(0.0, static_cast<double>(run.size) - lost_rows(coefficient));
  }
  const double mean = sum / weights;
  if (rows <= 0.0 || is_perfect(mean)) {
    return std::nullopt;
  }
  return around(
      mean, std::max(width_by_rows(coefficient, mean, rows), width_by_runs(runs, mean, weights)));
}

}  // namespace hindcast::statistics
