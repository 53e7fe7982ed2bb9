#include "hindcast/metrics/rotation.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

namespace hindcast::metrics {
namespace {

Eigen::Map<const Eigen::VectorXd> as_vector(std::span<const double> values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

// The Euclidean norm without overflow or underflow of the squares; not finite for bad values.
double norm(std::span<const double> values) {
  return values.empty() ? 0.0 : as_vector(values).blueNorm();
}

bool usable(double norm) {
  return std::isfinite(norm) && norm > 0.0;
}

}  // namespace

std::optional<double> cosine_distance(std::span<const double> a, std::span<const double> b) {
  if (std::ranges::equal(a, b) && usable(norm(a))) {
    return 0.0;
  }
  const double norm_a = norm(a);
  const double norm_b = norm(b);
  if (!usable(norm_a) || !usable(norm_b)) {
    return std::nullopt;
  }
  const double squared = (as_vector(a) / norm_a - as_vector(b) / norm_b).squaredNorm();
  return std::clamp(0.5 * squared, 0.0, 2.0);
}

std::optional<double> relative_distance(std::span<const double> now,
                                        std::span<const double> initial) {
  const double base = norm(initial);
  if (!usable(base) || !std::isfinite(norm(now))) {
    return std::nullopt;
  }
  return ((as_vector(now) - as_vector(initial)) / base).norm();
}

}  // namespace hindcast::metrics
