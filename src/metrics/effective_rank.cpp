#include "hindcast/metrics/effective_rank.hpp"

#include <cmath>
#include <numeric>

namespace hindcast::metrics {

double effective_rank(std::span<const double> singular_values) {
  const double plain = std::accumulate(singular_values.begin(), singular_values.end(), 0.0);
  // Exact, and only needed where the sum of values that are in range is not.
  const double unit = std::isfinite(plain) ? 1.0 : 0x1p-600;
  double total = 0.0;
  for (const double s : singular_values) {
    total += s * unit;
  }
  double entropy = 0.0;
  for (const double s : singular_values) {
    const double p = s * unit / total;
    if (p > 0.0) {
      entropy -= p * std::log(p);
    }
  }
  return std::exp(entropy);
}

}  // namespace hindcast::metrics
