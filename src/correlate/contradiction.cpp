#include "correlate/contradiction.hpp"

#include <algorithm>

#include "statistics/holm.hpp"

namespace hindcast::correlate {
namespace {

bool have_opposite_signs(const BothViews& both) {
  return both.across->value * both.within->value < 0.0;
}

// As far from 0 as these values can be arranged.
bool is_extreme(const CoefficientResult& result) {
  constexpr double kRounding = 1e-12;
  return result.test.p <= result.test.smallest + kRounding;
}

// What would do for one sign, which the other view gives; where so few runs can establish nothing
// of so many metrics, without their correction.
bool is_possible(const BothViews& both, double corrected, std::size_t tried, double alpha) {
  const double one_sided = 2.0 * alpha;
  if (both.within_is_luck) {
    return false;
  }
  const bool can_be_established = both.across->test.smallest * static_cast<double>(tried) <= alpha;
  return can_be_established ? corrected <= one_sided
                            : both.across->test.p <= one_sided || is_extreme(*both.across);
}

}  // namespace

std::vector<Contradiction> contradictions(std::span<const BothViews> metrics, double alpha) {
  std::vector<double> p_values;
  p_values.reserve(metrics.size());
  for (const BothViews& both : metrics) {
    p_values.push_back(
        have_opposite_signs(both) ? std::max(both.across->test.p, both.within->test.p) : 1.0);
  }
  const std::vector<double> corrected = statistics::holm(p_values);
  std::vector<Contradiction> out;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (!have_opposite_signs(metrics[i])) {
      out.push_back(Contradiction::none);
    } else if (corrected[i] <= alpha) {
      out.push_back(Contradiction::established);
    } else {
      out.push_back(is_possible(metrics[i], corrected[i], metrics.size(), alpha)
                        ? Contradiction::possible
                        : Contradiction::none);
    }
  }
  return out;
}

}  // namespace hindcast::correlate
