#include "hindcast/metrics/effective_rank.hpp"

#include <cmath>
#include <numeric>

namespace hindcast::metrics {

double effective_rank(std::span<const double> singular_values) {
  const double total = std::accumulate(singular_values.begin(), singular_values.end(), 0.0);
  double entropy = 0.0;
  for (const double s : singular_values) {
    const double p = s / total;
    if (p > 0.0) {
      entropy -= p * std::log(p);
    }
  }
  return std::exp(entropy);
}

}  // namespace hindcast::metrics
