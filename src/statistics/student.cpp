// Student's t by the incomplete beta function, P(T > t) = I_x(n/2, 1/2) / 2 with x = n / (n + t^2),
// https://dlmf.nist.gov/8.17, which keeps its digits where 1 less the chance of |T| < t would lose
// them. The noncentral one is an integral over the standard deviation that is estimated.

#include "statistics/student.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hindcast::statistics {
namespace {

struct BetaArguments {
  double a = 1.0;
  double b = 1.0;
  double x = 0.0;
  double rest = 1.0;  // 1 - x, which need not be computed from x.
  double log_beta = 0.0;
};

// The logarithm of Gamma(twice / 2). The standard library's is not safe among threads.
double log_gamma_of_half(std::size_t twice) {
  double sum = twice % 2 == 0 ? 0.0 : 0.5 * std::log(std::numbers::pi);
  for (std::size_t k = twice % 2 == 0 ? 2 : 1; k < twice; k += 2) {
    sum += std::log(0.5 * static_cast<double>(k));
  }
  return sum;
}

// The continued fraction 8.17.22, from its far end. For x below (a + 1) / (a + b + 2) it settles
// within a few times the root of the larger parameter.
double incomplete_beta(const BetaArguments& of) {
  constexpr int kPairs = 200;
  const auto [a, b, x, rest, log_beta] = of;
  double tail = 1.0;
  for (int m = kPairs; m >= 0; --m) {
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
    tail = 1.0 + odd / tail;
    if (m > 0) {
      const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
      tail = 1.0 + even / tail;
    }
  }
  return std::exp(a * std::log(x) + b * std::log(rest) - log_beta) / (a * tail);
}

double normal_below(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

}  // namespace

double student_above(double t, std::size_t degrees) {
  if (t <= 0.0) {
    return t == 0.0 ? 0.5 : 1.0 - student_above(-t, degrees);
  }
  const auto n = static_cast<double>(degrees);
  const double share = n / t / t;  // Not over t * t, which may overflow.
  const double x = share / (1.0 + share);
  const double rest = 1.0 / (1.0 + share);
  if (x == 0.0) {
    return 0.0;
  }
  const double log_beta =
      log_gamma_of_half(degrees) + log_gamma_of_half(1) - log_gamma_of_half(degrees + 1);
  if (x < (n + 2.0) / (n + 5.0)) {
    return 0.5 *
           incomplete_beta({.a = 0.5 * n, .b = 0.5, .x = x, .rest = rest, .log_beta = log_beta});
  }
  return 0.5 - 0.5 * incomplete_beta(
                         {.a = 0.5, .b = 0.5 * n, .x = rest, .rest = x, .log_beta = log_beta});
}

double student_quantile(double above, std::size_t degrees) {
  if (above > 0.5) {
    return -student_quantile(1.0 - above, degrees);
  }
  double low = 0.0;
  double high = 1.0;
  while (student_above(high, degrees) > above) {
    low = high;
    high *= 2.0;
  }
  while (true) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) {
      return middle;
    }
    (student_above(middle, degrees) > above ? low : high) = middle;
  }
}

double shifted_student_above(double t, std::size_t degrees, double shift) {
  // Simpson's rule over u = sqrt(V / n), whose density is 2 (n/2)^(n/2) / Gamma(n/2) u^(n-1)
  // exp(-n u^2 / 2).
  constexpr int kSteps = 1000;
  const auto n = static_cast<double>(degrees);
  const double log_scale =
      std::numbers::ln2 + 0.5 * n * std::log(0.5 * n) - log_gamma_of_half(degrees);
  const double reach = 12.0 / std::sqrt(2.0 * n);  // Beyond it lies less than 1e-12.
  const double begin = std::max(0.0, 1.0 - reach);
  const double width = 1.0 + reach - begin;
  double sum = 0.0;
  for (int i = 1; i <= kSteps; ++i) {
    const double u = begin + width * i / kSteps;
    const double density = std::exp(log_scale + (n - 1.0) * std::log(u) - 0.5 * n * u * u);
    const double weight = i == kSteps ? 1.0 : (i % 2 == 1 ? 4.0 : 2.0);
    sum += weight * density * normal_below(shift - t * u);
  }
  if (degrees == 1) {  // There alone the density at 0 is not 0.
    sum += std::exp(log_scale) * normal_below(shift);
  }
  return sum * width / (3.0 * kSteps);
}

}  // namespace hindcast::statistics
