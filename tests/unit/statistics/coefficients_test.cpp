#include "statistics/coefficients.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "statistics/generator.hpp"

using namespace hindcast::statistics;

namespace {

using Column = std::vector<double>;

double sign(double value) {
  return value > 0.0 ? 1.0 : value < 0.0 ? -1.0 : 0.0;
}

// By its definition, a pair at a time.
double tau_b(const Column& x, const Column& y) {
  double agree = 0.0;
  double in_x = 0.0;
  double in_y = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      agree += sign(x[i] - x[j]) * sign(y[i] - y[j]);
      in_x += std::abs(sign(x[i] - x[j]));
      in_y += std::abs(sign(y[i] - y[j]));
    }
  }
  return agree / std::sqrt(in_x * in_y);
}

// Few different values, so that many are tied.
Column whole_numbers(std::size_t size, std::uint64_t kinds, Generator& generator) {
  Column out;
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<double>(generator.below(kinds)));
  }
  return out;
}

double value(Coefficient coefficient, const Column& x, const Column& y) {
  const std::optional<double> found = correlation(coefficient, x, y);
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("coefficients: ranks from 1, the mean of its places for each of tied values") {
  CHECK(ranks(Column{30.0, 10.0, 20.0}) == Column{3.0, 1.0, 2.0});
  CHECK(ranks(Column{5.0, 1.0, 5.0, 5.0, 0.0}) == Column{4.0, 2.0, 4.0, 4.0, 1.0});
}

TEST_CASE("coefficients: small columns by hand") {
  // Centred: -1 0 1 and -1 1 0; their ranks are the same numbers; one of three pairs is discordant.
  const Column x = {1.0, 2.0, 3.0};
  const Column y = {1.0, 3.0, 2.0};
  CHECK(value(Coefficient::pearson, x, y) == doctest::Approx(0.5).epsilon(1e-15));
  CHECK(value(Coefficient::spearman, x, y) == doctest::Approx(0.5).epsilon(1e-15));
  CHECK(value(Coefficient::kendall, x, y) == doctest::Approx(1.0 / 3.0).epsilon(1e-15));
  // One pair of three is tied in y: tau-b = 2 / sqrt(3 * 2).
  CHECK(value(Coefficient::kendall, x, {1.0, 1.0, 2.0}) ==
        doctest::Approx(2.0 / std::sqrt(6.0)).epsilon(1e-15));
}

TEST_CASE("coefficients: tied columns as scipy.stats 1.10 has them") {
  const Column x = {1, 2, 2, 3, 4, 4, 4, 5};
  const Column y = {2, 1, 3, 3, 3, 5, 4, 4};
  CHECK(std::abs(value(Coefficient::pearson, x, y) - 0.7500325477444566) <= 1e-14);
  CHECK(std::abs(value(Coefficient::spearman, x, y) - 0.79746835443038) <= 1e-14);
  CHECK(std::abs(value(Coefficient::kendall, x, y) - 0.6666666666666669) <= 1e-14);
}

TEST_CASE("coefficients: a rising function has the ranks' coefficients 1, a falling one -1") {
  const Column x = {-2.0, 0.5, 1.0, 3.0, 3.5};
  Column rising;
  Column falling;
  for (const double one : x) {
    rising.push_back(std::exp(one));
    falling.push_back(-one * one * one);
  }
  for (const Coefficient coefficient : {Coefficient::spearman, Coefficient::kendall}) {
    CHECK(value(coefficient, x, rising) == doctest::Approx(1.0).epsilon(1e-15));
    CHECK(value(coefficient, x, falling) == doctest::Approx(-1.0).epsilon(1e-15));
  }
  CHECK(value(Coefficient::pearson, x, rising) < 0.99);
  CHECK(value(Coefficient::pearson, x, {1.0, 6.0, 7.0, 11.0, 12.0}) ==
        doctest::Approx(1.0).epsilon(1e-15));
}

TEST_CASE("coefficients: none with a constant column, nor with one that varies by rounding") {
  const Column x = {1.0, 2.0, 3.0};
  const double next = std::nextafter(0.1, 1.0);
  for (const Column& flat :
       {Column{7.0, 7.0, 7.0}, Column{0.0, 0.0, 0.0}, Column{0.1, next, 0.1}}) {
    for (const Coefficient coefficient : kCoefficients) {
      CHECK_FALSE(correlation(coefficient, x, flat));
      CHECK_FALSE(correlation(coefficient, flat, x));
    }
  }
  CHECK_FALSE(correlation(Coefficient::pearson, Column{1.0}, Column{2.0}));
  CHECK_FALSE(correlation(Coefficient::pearson, Column{}, Column{}));
  CHECK(correlation(Coefficient::pearson, x, Column{0.1, 0.1 + 1e-9, 0.1}));
}

TEST_CASE("coefficients: values near the ends of the range of doubles") {
  const Column y = {1.0, 2.0, 4.0, 3.0};
  const double expected = value(Coefficient::pearson, {1.0, 2.0, 3.0, 4.0}, y);
  for (const double unit : {0x1p1020, -0x1p1020, 0x1p-1060}) {
    const Column x = {unit, 2 * unit, 3 * unit, 4 * unit};
    CHECK(value(Coefficient::pearson, x, y) ==
          doctest::Approx(sign(unit) * expected).epsilon(1e-14));
  }
}

TEST_CASE("coefficients: Kendall by merging is Kendall by pairs, whatever is tied") {
  Generator generator(11);
  for (const std::uint64_t kinds : {2U, 3U, 10U, 1000U}) {
    for (std::size_t size = 2; size < 70; ++size) {
      CAPTURE(kinds);
      CAPTURE(size);
      const Column x = whole_numbers(size, kinds, generator);
      const Column y = whole_numbers(size, kinds, generator);
      if (!is_constant(x) && !is_constant(y)) {
        CHECK(std::abs(value(Coefficient::kendall, x, y) - tau_b(x, y)) <= 1e-14);
      }
    }
  }
}

TEST_CASE("coefficients: the value of an arrangement is that of the arranged column") {
  Generator generator(12);
  const Column x = whole_numbers(20, 6, generator);
  const Column y = whole_numbers(20, 6, generator);
  std::vector<std::size_t> order;
  Column arranged;
  for (std::size_t i = 0; i < 20; ++i) {
    order.push_back(7 * i % 20);
    arranged.push_back(y[order.back()]);
  }
  for (const Coefficient coefficient : kCoefficients) {
    CHECK(std::abs(Pairing(coefficient, x, y).value(order) - value(coefficient, x, arranged)) <=
          1e-14);
  }
}
