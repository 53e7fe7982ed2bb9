// Pearson's r, Spearman's rho and Kendall's tau-b, https://doi.org/10.2307/2282833 for the last.

#include "statistics/coefficients.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace hindcast::statistics {
namespace {

double largest_magnitude(std::span<const double> values) {
  double largest = 0.0;
  for (const double value : values) {
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

std::vector<std::size_t> identity(std::size_t size) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

std::vector<std::size_t> sorted_order(std::span<const double> values) {
  std::vector<std::size_t> order = identity(values.size());
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return order;
}

// Where runs of equal values begin in `order`, and its end.
std::vector<std::size_t> tie_bounds(std::span<const double> values,
                                    std::span<const std::size_t> order) {
  std::vector<std::size_t> bounds;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || values[order[i]] != values[order[i - 1]]) {
      bounds.push_back(i);
    }
  }
  bounds.push_back(order.size());
  return bounds;
}

double pairs_of(std::size_t count) {
  return 0.5 * static_cast<double>(count) * (static_cast<double>(count) - 1.0);
}

double untied_pairs(std::span<const std::size_t> bounds) {
  double untied = pairs_of(bounds.back());
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    untied -= pairs_of(bounds[i + 1] - bounds[i]);
  }
  return untied;
}

// Scaled by a power of two first, so that squares stay within the range of a double.
std::vector<double> standardised(std::span<const double> values) {
  int exponent = 0;
  std::frexp(largest_magnitude(values), &exponent);
  std::vector<double> out;
  double mean = 0.0;
  for (const double value : values) {
    out.push_back(std::ldexp(value, -exponent));
    mean += out.back() / static_cast<double>(values.size());
  }
  double squares = 0.0;
  for (double& value : out) {
    value -= mean;
    squares += value * value;
  }
  for (double& value : out) {
    value /= std::sqrt(squares);
  }
  return out;
}

// Pairs in descending order, by insertion; sorts `values`, which are few.
double inversions_of_few(std::span<std::uint32_t> values) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::uint32_t value = values[i];
    std::size_t place = i;
    for (; place > 0 && values[place - 1] > value; --place) {
      values[place] = values[place - 1];
    }
    values[place] = value;
    count += i - place;
  }
  return static_cast<double>(count);
}

// The same of many, by merging sorted halves.
double inversions(std::span<std::uint32_t> values, std::span<std::uint32_t> room) {
  constexpr std::size_t kFew = 16;
  if (values.size() <= kFew) {
    return inversions_of_few(values);
  }
  const std::size_t half = values.size() / 2;
  const auto left = values.first(half);
  const auto right = values.subspan(half);
  double count = inversions(left, room.first(half)) + inversions(right, room.subspan(half));
  std::size_t l = 0;
  std::size_t r = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool takes_left = r == right.size() || (l < left.size() && left[l] <= right[r]);
    count += takes_left ? 0.0 : static_cast<double>(left.size() - l);
    room[i] = takes_left ? left[l++] : right[r++];
  }
  std::ranges::copy(room.first(values.size()), values.begin());
  return count;
}

// Pairs of equal neighbours in what is sorted.
double tied_pairs(std::span<const std::uint32_t> sorted) {
  double tied = 0.0;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= sorted.size(); ++i) {
    if (i == sorted.size() || sorted[i] != sorted[begin]) {
      tied += pairs_of(i - begin);
      begin = i;
    }
  }
  return tied;
}

}  // namespace

std::string_view name(Coefficient coefficient) noexcept {
  switch (coefficient) {
    case Coefficient::pearson:
      return "pearson";
    case Coefficient::spearman:
      return "spearman";
    case Coefficient::kendall:
      break;
  }
  return "kendall";
}

bool is_constant(std::span<const double> values) {
  // What a sum of a few thousand terms may lose of its last digits.
  constexpr double kRounding = 1e-13;
  if (values.size() < 2) {
    return true;
  }
  const auto [low, high] = std::ranges::minmax(values);
  return 0.5 * high - 0.5 * low <= kRounding * largest_magnitude(values);
}

std::vector<double> ranks(std::span<const double> values) {
  const std::vector<std::size_t> order = sorted_order(values);
  const std::vector<std::size_t> bounds = tie_bounds(values, order);
  std::vector<double> out(values.size());
  for (std::size_t tie = 0; tie + 1 < bounds.size(); ++tie) {
    const double rank = 0.5 * static_cast<double>(bounds[tie] + 1 + bounds[tie + 1]);
    for (std::size_t i = bounds[tie]; i < bounds[tie + 1]; ++i) {
      out[order[i]] = rank;
    }
  }
  return out;
}

Pairing::Pairing(Coefficient coefficient, std::span<const double> x, std::span<const double> y)
    : coefficient_(coefficient), size_(x.size()) {
  assert(x.size() == y.size() && !is_constant(x) && !is_constant(y));
  switch (coefficient) {
    case Coefficient::pearson:
      x_ = standardised(x);
      y_ = standardised(y);
      return;
    case Coefficient::spearman:
      x_ = standardised(ranks(x));
      y_ = standardised(ranks(y));
      return;
    case Coefficient::kendall:
      break;
  }
  by_x_ = sorted_order(x);
  ties_of_x_ = tie_bounds(x, by_x_);
  untied_in_x_ = untied_pairs(ties_of_x_);
  const std::vector<std::size_t> by_y = sorted_order(y);
  const std::vector<std::size_t> ties_of_y = tie_bounds(y, by_y);
  untied_in_y_ = untied_pairs(ties_of_y);
  place_of_y_.resize(size_);
  for (std::size_t tie = 0; tie + 1 < ties_of_y.size(); ++tie) {
    for (std::size_t i = ties_of_y[tie]; i < ties_of_y[tie + 1]; ++i) {
      place_of_y_[by_y[i]] = static_cast<std::uint32_t>(tie);
    }
  }
}

double Pairing::value(std::span<const std::size_t> order) const {
  return coefficient_ == Coefficient::kendall ? concordance(order) : product(order);
}

double Pairing::value() const {
  return value(identity(size_));
}

double Pairing::product(std::span<const std::size_t> order) const {
  double sum = 0.0;
  for (std::size_t i = 0; i < size_; ++i) {
    sum += x_[i] * y_[order[i]];
  }
  return std::clamp(sum, -1.0, 1.0);
}

double Pairing::concordance(std::span<const std::size_t> order) const {
  std::vector<std::uint32_t> places;
  places.reserve(size_);
  for (const std::size_t row : by_x_) {
    places.push_back(place_of_y_[order[row]]);
  }
  // Sorted where x is tied, so that such a pair counts as no inversion.
  double tied_in_both = 0.0;
  for (std::size_t tie = 0; tie + 1 < ties_of_x_.size(); ++tie) {
    if (ties_of_x_[tie + 1] - ties_of_x_[tie] == 1) {
      continue;
    }
    const auto equal_x =
        std::span(places).subspan(ties_of_x_[tie], ties_of_x_[tie + 1] - ties_of_x_[tie]);
    std::ranges::sort(equal_x);
    tied_in_both += tied_pairs(equal_x);
  }
  std::vector<std::uint32_t> room(size_);
  const double discordant = inversions(places, room);
  // Of all pairs, those tied in neither column; what is no inversion among them is concordant.
  const double untied = untied_in_x_ + untied_in_y_ - pairs_of(size_) + tied_in_both;
  const double tau =
      (untied - 2.0 * discordant) / std::sqrt(untied_in_x_) / std::sqrt(untied_in_y_);
  return std::clamp(tau, -1.0, 1.0);
}

std::optional<double> correlation(Coefficient coefficient, std::span<const double> x,
                                  std::span<const double> y) {
  if (is_constant(x) || is_constant(y)) {
    return std::nullopt;
  }
  return Pairing(coefficient, x, y).value();
}

}  // namespace hindcast::statistics
