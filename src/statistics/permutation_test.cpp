// Permutation tests: exact where there are few arrangements, else the estimator that counts the
// arrangement found among those drawn, Phipson & Smyth (2010),
// https://doi.org/10.2202/1544-6115.1585.

#include "statistics/permutation_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>

#include "statistics/generator.hpp"

namespace hindcast::statistics {
namespace {

// Sums of the same terms in another order: equal coefficients differ by no more.
constexpr double kRounding = 1e-12;

// Counts how many arrangements are as extreme as the one found, and how many as the extremest.
class Count {
 public:
  explicit Count(double found) : found_(std::abs(found)) {}

  void add(double value) {
    const double size = std::abs(value);
    ++all_;
    as_far_ += size >= found_ - kRounding ? 1U : 0U;
    if (size > farthest_ + kRounding) {
      at_farthest_ = 0;
    }
    at_farthest_ += size >= farthest_ - kRounding ? 1U : 0U;
    farthest_ = std::max(farthest_, size);
  }

  [[nodiscard]] PermutationResult of_all() const {
    const auto all = static_cast<double>(all_);
    return {.p = static_cast<double>(as_far_) / all,
            .smallest = static_cast<double>(at_farthest_) / all,
            .arrangements = all_,
            .exact = true};
  }

  [[nodiscard]] PermutationResult of_draws() const {
    const auto all = static_cast<double>(all_) + 1.0;
    return {.p = (static_cast<double>(as_far_) + 1.0) / all,
            .smallest = 1.0 / all,
            .arrangements = all_,
            .exact = false};
  }

 private:
  double found_;
  double farthest_ = 0.0;
  std::uint64_t all_ = 0;
  std::uint64_t as_far_ = 0;
  std::uint64_t at_farthest_ = 0;
};

// The product of the factors where it is at most `most`.
template <typename Factors>
bool product_is_at_most(const Factors& factors, std::uint64_t most) {
  std::uint64_t product = 1;
  return std::ranges::all_of(factors, [&](std::uint64_t factor) {
    if (factor > most / product) {
      return false;
    }
    product *= factor;
    return true;
  });
}

std::vector<std::size_t> identity(std::size_t size) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

void shuffle(std::vector<std::size_t>& order, Generator& generator) {
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[generator.below(i)]);
  }
}

// Of a longer run so many shifts are tried, evenly spread: neighbouring ones hardly differ.
constexpr std::size_t kMostShifts = 1000;

// By run, what each of its shifts adds to the mean.
std::vector<std::vector<double>> parts_of(std::span<const WeightedPairing> runs) {
  double weights = 0.0;
  for (const WeightedPairing& run : runs) {
    weights += run.weight;
  }
  std::vector<std::vector<double>> parts;
  for (const WeightedPairing& run : runs) {
    std::vector<double>& own = parts.emplace_back();
    const std::size_t size = run.pairing.size();
    const std::size_t shifts = std::min(size, kMostShifts);
    std::vector<std::size_t> order(size);
    for (std::size_t i = 0; i < shifts; ++i) {
      const std::size_t shift = i * size / shifts;
      for (std::size_t row = 0; row < size; ++row) {
        order[row] = (row + shift) % size;
      }
      own.push_back(run.weight / weights * run.pairing.value(order));
    }
  }
  return parts;
}

// Every choice of one part of each run, counted up like the digits of a number.
void add_all(const std::vector<std::vector<double>>& parts, Count& count) {
  std::vector<std::size_t> digits(parts.size(), 0);
  std::size_t place = 0;
  while (place < digits.size()) {
    double sum = 0.0;
    for (std::size_t run = 0; run < parts.size(); ++run) {
      sum += parts[run][digits[run]];
    }
    count.add(sum);
    for (place = 0; place < digits.size() && ++digits[place] == parts[place].size(); ++place) {
      digits[place] = 0;
    }
  }
}

}  // namespace

PermutationResult test_by_permutation(const Pairing& pairing, const PermutationOptions& options) {
  Count count(pairing.value());
  std::vector<std::size_t> order = identity(pairing.size());
  std::vector<std::uint64_t> factors(pairing.size());
  std::iota(factors.begin(), factors.end(), std::uint64_t{1});
  if (product_is_at_most(factors, options.exact_up_to)) {
    do {
      count.add(pairing.value(order));
    } while (std::next_permutation(order.begin(), order.end()));
    return count.of_all();
  }
  Generator generator(options.seed);
  for (std::uint64_t i = 0; i < options.draws; ++i) {
    shuffle(order, generator);
    count.add(pairing.value(order));
  }
  return count.of_draws();
}

double mean_value(std::span<const WeightedPairing> runs) {
  double sum = 0.0;
  double weights = 0.0;
  for (const WeightedPairing& run : runs) {
    sum += run.weight * run.pairing.value();
    weights += run.weight;
  }
  return sum / weights;
}

PermutationResult test_by_shifts(std::span<const WeightedPairing> runs,
                                 const PermutationOptions& options) {
  const std::vector<std::vector<double>> parts = parts_of(runs);
  Count count(mean_value(runs));
  std::vector<std::uint64_t> factors;
  factors.reserve(parts.size());
  for (const std::vector<double>& own : parts) {
    factors.push_back(own.size());
  }
  if (product_is_at_most(factors, options.exact_up_to)) {
    add_all(parts, count);
    return count.of_all();
  }
  Generator generator(options.seed);
  for (std::uint64_t i = 0; i < options.draws; ++i) {
    double sum = 0.0;
    for (const std::vector<double>& own : parts) {
      sum += own[generator.below(own.size())];
    }
    count.add(sum);
  }
  return count.of_draws();
}

}  // namespace hindcast::statistics
