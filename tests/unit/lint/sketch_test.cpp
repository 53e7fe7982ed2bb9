#include "lint/sketch.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "support/made_series.hpp"

using namespace hindcast;
using test::gaussian;

namespace {

double squared_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double total = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    total += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
  }
  return total;
}

}  // namespace

TEST_CASE("sketch: few values are kept as they are") {
  const std::vector<double> values = {1.0, -2.0, 0.5};
  CHECK(lint::sketch(values, 64) == std::vector<float>{1.0F, -2.0F, 0.5F});
}

TEST_CASE("sketch: squared distances are estimated with a deviation of sqrt(2 / size)") {
  for (const std::size_t size : {64U, 256U}) {
    CAPTURE(size);
    double bias = 0.0;
    double square = 0.0;
    constexpr int kTrials = 200;
    for (std::uint64_t seed = 0; seed < kTrials; ++seed) {
      const std::vector<double> difference = gaussian(5000, seed);
      double exact = 0.0;
      for (const double value : difference) {
        exact += value * value;
      }
      const std::vector<float> nothing(size, 0.0F);
      const double error = squared_distance(lint::sketch(difference, size), nothing) / exact - 1.0;
      bias += error / kTrials;
      square += error * error / kTrials;
    }
    const double deviation = std::sqrt(2.0 / static_cast<double>(size));
    CHECK(std::abs(bias) < 4.0 * deviation / std::sqrt(kTrials));
    CHECK(std::sqrt(square) == doctest::Approx(deviation).epsilon(0.2));
  }
}

// What one row or column holds must not fall into one entry.
TEST_CASE("sketch: structured values are spread") {
  for (const std::size_t stride : {1U, 16U, 128U, 512U}) {
    CAPTURE(stride);
    std::vector<double> values(512 * 200, 0.0);
    double exact = 0.0;
    for (std::size_t i = 0; i < 200; ++i) {
      values[i * stride] = 1.0;
      exact += 1.0;
    }
    const double estimate =
        squared_distance(lint::sketch(values, 256), std::vector<float>(256, 0.0F));
    CHECK(estimate == doctest::Approx(exact).epsilon(0.45));
  }
}

TEST_CASE("sketch: contents differ as soon as one bit does") {
  std::vector<double> values = gaussian(1000, 7);
  const std::uint64_t content = lint::summarise(values, 256).content;
  CHECK(lint::summarise(values, 64).content == content);
  for (const std::size_t place : {0U, 1U, 500U, 999U}) {
    CAPTURE(place);
    const double before = values[place];
    values[place] = std::nextafter(before, 10.0);
    CHECK(lint::summarise(values, 256).content != content);
    values[place] = before;
  }
  std::swap(values[0], values[4]);  // In one lane of the hash.
  CHECK(lint::summarise(values, 256).content != content);
}

TEST_CASE("sketch: values that are not finite are counted, and leave no sketch") {
  const lint::TensorState state =
      lint::summarise(std::vector<double>{1.0, std::numeric_limits<double>::quiet_NaN(),
                                          -std::numeric_limits<double>::infinity()},
                      64);
  CHECK(state.non_finite == 2);
  CHECK(state.sketch.empty());
}

TEST_CASE("sketch: its size shrinks with long series of many tensors") {
  CHECK(lint::sketch_size(10, 100) == 256);
  CHECK(lint::sketch_size(1000, 400) == 128);
  CHECK(lint::sketch_size(10'000, 10'000) == 64);
}

TEST_CASE("sketch: dead filters lie along the outputs, whatever the layout") {
  // Filter 1 of three: the middle row, the middle column.
  const std::vector<double> rows = {1, 2, 1e-9, 0, 3, 4};
  const std::vector<double> columns = {1, 1e-9, 3, 2, 0, 4};
  for (const auto& [values, shape, letters] :
       {std::tuple(rows, std::vector<std::uint64_t>{3, 2}, "OI"),
        std::tuple(columns, std::vector<std::uint64_t>{2, 3}, "IO")}) {
    const lint::DeadFilters dead =
        lint::dead_filters(values, shape, tensor::Layout::parse(letters));
    CHECK(dead.count == 1);
    CHECK(dead.filters == 3);
    CHECK(dead.first == std::vector<std::uint64_t>{1});
  }
  const std::vector<double> nothing(6, 0.0);
  const std::vector<std::uint64_t> shape = {3, 2};
  CHECK(lint::dead_filters(nothing, shape, tensor::Layout::parse("OI")).count == 3);
}

TEST_CASE("sketch: the values tell how they were rounded") {
  const auto rounding = [](const std::vector<double>& values) {
    return lint::summarise(values, 64).rounding;
  };
  CHECK(rounding({1.0 + 1.0 / 128.0, -3.0}) == 1.0 / 128.0);
  CHECK(rounding({static_cast<double>(0.1F), 2.0}) < 1e-6);
  CHECK(rounding({0.0, 1.0, -1.0}) == 1.0 / 8.0);
}
