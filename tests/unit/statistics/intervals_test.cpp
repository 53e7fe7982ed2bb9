#include "statistics/intervals.hpp"

#include <array>
#include <cmath>

#include <doctest/doctest.h>

#include "statistics/student.hpp"

using namespace hindcast::statistics;

TEST_CASE("intervals: Fisher's of Pearson as scipy.stats has it") {
  const auto found = interval_of(Coefficient::pearson, 0.7758907221158314, 7);
  REQUIRE(found);
  CHECK(found->low == doctest::Approx(0.05492448270211691).epsilon(1e-10));
  CHECK(found->high == doctest::Approx(0.9650683013624718).epsilon(1e-10));
}

TEST_CASE("intervals: of ranks by their variances, at 0 in closed form") {
  constexpr double kQuantile = 1.959963984540054;
  const auto spearman = interval_of(Coefficient::spearman, 0.0, 28);
  const auto kendall = interval_of(Coefficient::kendall, 0.0, 29);
  REQUIRE(spearman);
  REQUIRE(kendall);
  CHECK(spearman->high == doctest::Approx(std::tanh(kQuantile / 5.0)).epsilon(1e-12));
  CHECK(kendall->low ==
        doctest::Approx(-std::tanh(kQuantile * std::sqrt(0.437) / 5.0)).epsilon(1e-12));
  // 1 + 0.8^2 / 2 = 1.32.
  const auto strong = interval_of(Coefficient::spearman, 0.8, 28);
  REQUIRE(strong);
  CHECK(std::atanh(strong->high) - std::atanh(strong->low) ==
        doctest::Approx(2.0 * kQuantile * std::sqrt(1.32) / 5.0).epsilon(1e-12));
}

TEST_CASE("intervals: none of too few rows, none of a perfect coefficient") {
  CHECK_FALSE(interval_of(Coefficient::pearson, 0.5, 3));
  CHECK(interval_of(Coefficient::pearson, 0.5, 4));
  CHECK_FALSE(interval_of(Coefficient::kendall, 0.5, 4));
  CHECK_FALSE(interval_of(Coefficient::pearson, 1.0, 50));
  CHECK_FALSE(interval_of(Coefficient::kendall, -1.0, 50));
}

TEST_CASE("intervals: runs that agree have that of their rows, one run that of its own") {
  const std::array runs = {RunValue{.value = 0.5, .weight = 9.0, .size = 10},
                           RunValue{.value = 0.5, .weight = 9.0, .size = 10}};
  const auto both = interval_of_mean(Coefficient::pearson, runs);
  const auto pooled = interval_of(Coefficient::pearson, 0.5, 17);  // 7 + 7 = 17 - 3.
  const auto single = interval_of_mean(Coefficient::pearson, std::span(runs).first(1));
  const auto alone = interval_of(Coefficient::pearson, 0.5, 10);
  REQUIRE(both);
  REQUIRE(single);
  CHECK(both->low == doctest::Approx(pooled->low).epsilon(1e-12));
  CHECK(single->high == doctest::Approx(alone->high).epsilon(1e-12));
}

TEST_CASE("intervals: runs that differ widen it by Student's t") {
  const std::array runs = {RunValue{.value = -0.1, .weight = 1.0, .size = 1000},
                           RunValue{.value = 0.0, .weight = 1.0, .size = 1000},
                           RunValue{.value = 0.1, .weight = 1.0, .size = 1000}};
  const auto found = interval_of_mean(Coefficient::pearson, runs);
  REQUIRE(found);
  // The standard error of the mean is 0.1 / sqrt(3), and the slope of z at 0 is 1.
  CHECK(
      found->high ==
      doctest::Approx(std::tanh(student_quantile(0.025, 2) * 0.1 / std::sqrt(3.0))).epsilon(1e-9));
  CHECK(found->low == doctest::Approx(-found->high).epsilon(1e-9));
}
