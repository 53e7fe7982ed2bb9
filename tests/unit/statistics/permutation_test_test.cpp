#include "statistics/permutation_test.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "statistics/generator.hpp"

using namespace hindcast::statistics;

namespace {

using Column = std::vector<double>;

PermutationResult by_permutation(Coefficient coefficient, const Column& x, const Column& y,
                                 const PermutationOptions& options = {}) {
  return test_by_permutation(Pairing(coefficient, x, y), options);
}

WeightedPairing run_of(Coefficient coefficient, const Column& x, const Column& y) {
  return {.pairing = Pairing(coefficient, x, y), .weight = static_cast<double>(x.size()) - 1.0};
}

// A sum of twelve uniform numbers is near enough to a normal one.
double noise(Generator& generator) {
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) {
    sum += static_cast<double>(generator.next() >> 11U) * 0x1p-53;
  }
  return sum;
}

// Each value remembers `memory` of the one before.
Column noise_with_memory(std::size_t size, double memory, Generator& generator) {
  Column out;
  double value = 0.0;
  for (std::size_t i = 0; i < size + 30; ++i) {
    value = memory * value + std::sqrt(1.0 - memory * memory) * noise(generator);
    if (i >= 30) {
      out.push_back(value);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("generator: the numbers of the published algorithm") {
  Generator generator(1234567);
  CHECK(generator.next() == 6457827717110365317ULL);
  CHECK(generator.next() == 3203168211198807973ULL);
  CHECK(generator.next() == 9817491932198370423ULL);
}

TEST_CASE("generator: below() reaches every number about equally often") {
  Generator generator(3);
  std::vector<int> counts(6);
  for (int i = 0; i < 60000; ++i) {
    ++counts[generator.below(6)];
  }
  for (const int count : counts) {  // Within five standard deviations, sqrt(60000 * 5 / 36) = 91.
    CHECK(std::abs(count - 10000) < 456);
  }
}

TEST_CASE("permutation_test: all orders of a perfect one, of which it and its reverse are so far") {
  const Column x = {1.0, 2.0, 3.0, 4.0};
  const PermutationResult found = by_permutation(Coefficient::spearman, x, {2.0, 3.0, 5.0, 9.0});
  CHECK(found.exact);
  CHECK(found.arrangements == 24);
  CHECK(found.p == doctest::Approx(2.0 / 24.0));
  CHECK(found.smallest == doctest::Approx(2.0 / 24.0));
}

TEST_CASE("permutation_test: three rows never have a p below a third, by ranks") {
  const PermutationResult found =
      by_permutation(Coefficient::kendall, {1.0, 2.0, 3.0}, {3.0, 1.0, 2.0});
  CHECK(found.arrangements == 6);
  CHECK(found.smallest == doctest::Approx(2.0 / 6.0));
  CHECK(found.p == doctest::Approx(1.0));  // 1/3 is the least of |tau|.
}

TEST_CASE("permutation_test: ties leave fewer arrangements, and a larger least p") {
  // The one 1 of y has three places; at either end of x it is as far.
  const PermutationResult found =
      by_permutation(Coefficient::pearson, {1.0, 2.0, 3.0}, {0.0, 0.0, 1.0});
  CHECK(found.p == doctest::Approx(2.0 / 3.0));
  CHECK(found.smallest == doctest::Approx(2.0 / 3.0));
}

TEST_CASE("permutation_test: exactly as scipy.stats.pearsonr of all 5040 orders") {
  const Column x = {0.31, -1.2, 4.5, 2.2, 0.9, -0.4, 1.1};
  const Column y = {1.5, 0.2, 3.9, 4.1, -0.7, 0.6, 1.4};
  const PermutationResult found = by_permutation(Coefficient::pearson, x, y);
  CHECK(found.exact);
  CHECK(found.p == doctest::Approx(178.0 / 5040.0).epsilon(1e-12));
}

TEST_CASE("permutation_test: drawn p-values are (b+1)/(m+1), near the exact one, and repeat") {
  const Column x = {0.31, -1.2, 4.5, 2.2, 0.9, -0.4, 1.1};
  const Column y = {1.5, 0.2, 3.9, 4.1, -0.7, 0.6, 1.4};
  const double exact = by_permutation(Coefficient::pearson, x, y).p;
  const PermutationOptions few = {.draws = 999, .seed = 5, .exact_up_to = 100};
  const PermutationResult drawn = by_permutation(Coefficient::pearson, x, y, few);
  CHECK_FALSE(drawn.exact);
  CHECK(drawn.arrangements == 999);
  CHECK(drawn.smallest == doctest::Approx(0.001));
  const double counted = drawn.p * 1000.0;
  CHECK(counted == doctest::Approx(std::round(counted)).epsilon(1e-12));
  CHECK(drawn.p != exact);
  CHECK(std::abs(drawn.p - exact) < 5.0 * std::sqrt(exact * (1.0 - exact) / 999.0));
  CHECK(by_permutation(Coefficient::pearson, x, y, few).p == drawn.p);
}

TEST_CASE("permutation_test: shifts of two runs, counted by hand") {
  // Of four rows that rise with x only the shift by 0 has the coefficient 1 (the others -0.2, -0.6,
  // -0.2), so of 16 choices one is as far.
  const Column x = {1.0, 2.0, 3.0, 4.0};
  const std::vector<WeightedPairing> runs = {
      run_of(Coefficient::spearman, x, {1.0, 2.0, 5.0, 7.0}),
      run_of(Coefficient::spearman, x, {0.0, 2.0, 3.0, 4.0})};
  const PermutationResult found = test_by_shifts(runs, {});
  CHECK(mean_value(runs) == doctest::Approx(1.0));
  CHECK(found.arrangements == 16);
  CHECK(found.p == doctest::Approx(1.0 / 16.0));
  CHECK(found.smallest == doctest::Approx(1.0 / 16.0));
}

TEST_CASE("permutation_test: the mean of runs weighs them") {
  std::vector<WeightedPairing> runs = {
      run_of(Coefficient::pearson, {1.0, 2.0, 3.0}, {1.0, 2.0, 3.0}),
      run_of(Coefficient::pearson, {1.0, 2.0, 3.0, 4.0}, {4.0, 3.0, 2.0, 1.0})};
  CHECK(mean_value(runs) == doctest::Approx((2.0 - 3.0) / 5.0));
}

TEST_CASE("permutation_test: of unrelated runs with a memory 5 % are found, not one in four") {
  Generator generator(21);
  int by_shift = 0;
  int shuffled = 0;
  constexpr int kSets = 400;
  for (int i = 0; i < kSets; ++i) {
    std::vector<WeightedPairing> runs;
    runs.push_back(run_of(Coefficient::spearman, noise_with_memory(30, 0.8, generator),
                          noise_with_memory(30, 0.8, generator)));
    runs.push_back(run_of(Coefficient::spearman, noise_with_memory(30, 0.8, generator),
                          noise_with_memory(30, 0.8, generator)));
    by_shift += test_by_shifts(runs, {.draws = 999, .seed = 1}).p <= 0.05 ? 1 : 0;
    shuffled +=
        test_by_permutation(runs.front().pairing, {.draws = 199, .seed = 1}).p <= 0.05 ? 1 : 0;
  }
  // 5 % of 400 is 20, and three standard deviations are 13.
  CHECK(by_shift <= 33);
  CHECK(shuffled >= 80);
}

TEST_CASE("permutation_test: of unrelated rows 5 % are found") {
  Generator generator(22);
  constexpr int kSets = 400;
  for (const Coefficient coefficient : kCoefficients) {
    int found = 0;
    for (int i = 0; i < kSets; ++i) {
      const Column x = noise_with_memory(10, 0.0, generator);
      const Column y = noise_with_memory(10, 0.0, generator);
      found += by_permutation(coefficient, x, y, {.draws = 199, .seed = 1}).p <= 0.05 ? 1 : 0;
    }
    CAPTURE(name(coefficient));
    CHECK(found <= 33);
    CHECK(found >= 7);
  }
}
