// What is kept of a tensor: a hash, a norm and a sketch.

#include "lint/sketch.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

namespace hindcast::lint {
namespace {

constexpr std::size_t kLargestSketch = 256;
constexpr std::size_t kFirstFilters = 8;
constexpr double kDeadShare = 1e-7;

// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBULL;
  return bits ^ (bits >> 31U);
}

// Each step can be undone, so that one value that differs makes the result differ.
std::uint64_t content_of(std::span<const double> values) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15ULL;
  std::array<std::uint64_t, 4> lanes = {1, 2, 3, 4};  // Four, since each must wait for itself.
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint64_t& lane = lanes[i % lanes.size()];
    lane = (lane ^ std::bit_cast<std::uint64_t>(values[i])) * kOdd;
    lane ^= lane >> 32U;
  }
  std::uint64_t all = values.size();
  for (const std::uint64_t lane : lanes) {
    all = mixed(all ^ lane);
  }
  return all;
}

// The rows of the output unfolding.
bool is_row_axis(const tensor::Layout& layout, std::size_t axis) {
  switch (layout.axis(axis)) {
    case tensor::Axis::out:
    case tensor::Axis::multiplier:
    case tensor::Axis::expert:
      return true;
    case tensor::Axis::in:
      return layout.is_depthwise();
    case tensor::Axis::kernel:
      break;
  }
  return false;
}

std::vector<double> squared_row_norms(std::span<const double> values,
                                      std::span<const std::uint64_t> shape,
                                      const tensor::Layout& layout) {
  std::vector<std::size_t> steps(shape.size(), 0);
  std::size_t rows = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (is_row_axis(layout, axis)) {
      steps[axis] = rows;
      rows *= shape[axis];
    }
  }
  std::vector<double> squares(rows, 0.0);
  std::vector<std::uint64_t> index(shape.size(), 0);
  std::size_t row = 0;
  for (const double value : values) {
    squares[row] += value * value;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      row += steps[axis];
      if (++index[axis] < shape[axis]) {
        break;
      }
      index[axis] = 0;
      row -= steps[axis] * shape[axis];
    }
  }
  return squares;
}

// Of the fewest bits after the leading one that hold every value: a table in double precision may
// have been rounded to bfloat16 all the same.
double rounding_of(std::uint64_t all_bits) {
  constexpr int kMantissa = 52;
  constexpr int kLeastBits = 3;  // Signs and small whole numbers are not rounded to nothing else.
  const std::uint64_t mantissa = all_bits & ((std::uint64_t{1} << kMantissa) - 1);
  const int bits = mantissa == 0 ? 0 : kMantissa - std::countr_zero(mantissa);
  return std::ldexp(1.0, -std::max(bits, kLeastBits));
}

}  // namespace

std::vector<float> sketch(std::span<const double> values, std::size_t size) {
  assert(std::has_single_bit(size) && size <= kLargestSketch);
  if (values.size() <= size) {
    std::vector<float> all(values.size());
    std::ranges::transform(values, all.begin(), [](double v) { return static_cast<float>(v); });
    return all;
  }
  // One hash places four values: 16 bits for each, a sign and up to eight bits of the entry.
  constexpr std::size_t kPerHash = 4;
  std::vector<double> sums(2 * size, 0.0);  // Positive and negative apart: no branch, no product.
  const std::uint64_t mask = 2 * size - 1;
  for (std::size_t i = 0; i < values.size(); i += kPerHash) {
    std::uint64_t hash = mixed(i + 0x9E3779B97F4A7C15ULL);
    const std::size_t end = std::min(values.size(), i + kPerHash);
    for (std::size_t j = i; j < end; ++j) {
      sums[hash & mask] += values[j];
      hash >>= 16U;
    }
  }
  std::vector<float> out(size);
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<float>(sums[i] - sums[size + i]);
  }
  return out;
}

std::size_t sketch_size(std::size_t checkpoints, std::size_t tensors) {
  constexpr std::size_t kMostBytes = 256ULL << 20U;
  std::size_t size = kLargestSketch;
  while (size > 64 && checkpoints * tensors > kMostBytes / (size * sizeof(float))) {
    size /= 2;
  }
  return size;
}

TensorState summarise(std::span<const double> values, std::size_t size) {
  TensorState state{.presence = Presence::read, .content = content_of(values)};
  double squares = 0.0;
  std::uint64_t all_bits = 0;
  for (const double value : values) {
    all_bits |= std::bit_cast<std::uint64_t>(value);
    state.non_finite += std::isfinite(value) ? 0U : 1U;
    squares += value * value;
  }
  state.norm = std::sqrt(squares);
  state.rounding = rounding_of(all_bits);
  if (std::isfinite(state.norm)) {
    state.sketch = sketch(values, size);
  }
  return state;
}

DeadFilters dead_filters(std::span<const double> values, std::span<const std::uint64_t> shape,
                         const tensor::Layout& layout) {
  const std::vector<double> squares = squared_row_norms(values, shape, layout);
  DeadFilters dead{.filters = squares.size()};
  if (squares.empty()) {
    return dead;
  }
  std::vector<double> sorted = squares;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  const double threshold = *middle * kDeadShare * kDeadShare;
  for (std::size_t row = 0; row < squares.size(); ++row) {
    if (squares[row] <= threshold) {
      ++dead.count;
      if (dead.first.size() < kFirstFilters) {
        dead.first.push_back(row);
      }
    }
  }
  return dead;
}

}  // namespace hindcast::lint
