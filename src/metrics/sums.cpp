#include "metrics/sums.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <Eigen/Core>

namespace hindcast::metrics {
namespace {

constexpr std::size_t kBlock = 4096;

Eigen::Map<const Eigen::ArrayXd> as_array(std::span<const double> values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

// The sum of what `of_block(begin, size)` gives for every block.
template <typename OfBlock>
double sum_of_blocks(std::size_t size, const OfBlock& of_block) {
  double total = 0.0;
  for (std::size_t begin = 0; begin < size; begin += kBlock) {
    total += of_block(begin, std::min(kBlock, size - begin));
  }
  return total;
}

}  // namespace

double sum_of_squares(std::span<const double> values) {
  return sum_of_blocks(values.size(), [&](std::size_t begin, std::size_t size) {
    return as_array(values.subspan(begin, size)).square().sum();
  });
}

double sum_of_squared_differences(std::span<const double> a, double a_factor,
                                  std::span<const double> b, double b_factor) {
  return sum_of_blocks(a.size(), [&](std::size_t begin, std::size_t size) {
    return (a_factor * as_array(a.subspan(begin, size)) -
            b_factor * as_array(b.subspan(begin, size)))
        .square()
        .sum();
  });
}

bool is_exact(double sum_of_squares) noexcept {
  return sum_of_squares > 0x1p-600 && sum_of_squares < 0x1p+1000;
}

double norm(std::span<const double> values) {
  const double energy = sum_of_squares(values);
  if (is_exact(energy) || values.empty()) {
    return std::sqrt(energy);
  }
  const double largest = as_array(values).abs().maxCoeff<Eigen::PropagateNaN>();
  if (largest == 0.0 || !std::isfinite(largest)) {
    return largest;
  }
  // The same sum at unit scale: weights a power of two apart have norms as far apart, to the bit.
  int exponent = 0;
  std::frexp(largest, &exponent);
  std::vector<double> scaled(values.size());
  std::ranges::transform(values, scaled.begin(),
                         [exponent](double value) { return std::ldexp(value, -exponent); });
  return std::ldexp(std::sqrt(sum_of_squares(scaled)), exponent);
}

}  // namespace hindcast::metrics
