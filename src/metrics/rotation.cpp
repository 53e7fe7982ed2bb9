#include "hindcast/metrics/rotation.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <Eigen/Core>

#include "metrics/sums.hpp"

namespace hindcast::metrics {
namespace {

// The same bits: faster than comparing values, and what a checkpoint and itself have in common.
bool identical(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() &&
         (a.data() == b.data() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

bool usable(double norm) {
  return std::isfinite(norm) && norm > 0.0;
}

// A reciprocal that loses no bits to underflow, nor do products with it.
bool has_reciprocal(double norm) {
  return norm > 0x1p-500 && norm < 0x1p+500;
}

Eigen::Map<const Eigen::VectorXd> as_vector(std::span<const double> values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

}  // namespace

std::optional<double> cosine_distance(std::span<const double> a, std::span<const double> b) {
  const double norm_a = norm(a);
  if (!usable(norm_a)) {
    return std::nullopt;
  }
  if (identical(a, b)) {
    return 0.0;
  }
  const double norm_b = norm(b);
  if (!usable(norm_b)) {
    return std::nullopt;
  }
  const double squared = has_reciprocal(norm_a) && has_reciprocal(norm_b)
                             ? sum_of_squared_differences(a, 1.0 / norm_a, b, 1.0 / norm_b)
                             : (as_vector(a) / norm_a - as_vector(b) / norm_b).squaredNorm();
  return std::clamp(0.5 * squared, 0.0, 2.0);
}

std::optional<double> relative_distance(std::span<const double> now,
                                        std::span<const double> initial) {
  const double base = norm(initial);
  if (!usable(base)) {
    return std::nullopt;
  }
  if (identical(now, initial)) {
    return 0.0;
  }
  if (!std::isfinite(norm(now))) {
    return std::nullopt;
  }
  const double squared = sum_of_squared_differences(now, 1.0, initial, 1.0);
  return is_exact(squared) ? std::sqrt(squared) / base
                           : ((as_vector(now) - as_vector(initial)) / base).norm();
}

}  // namespace hindcast::metrics
