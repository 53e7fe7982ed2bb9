#include "spectral/largest.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "support/matrices.hpp"

using namespace hindcast;
using spectral::largest_singular_value;
using spectral::LargestValue;
using spectral::Solver;

namespace {

// `count` values that fall off as 1/i, and then a flat tail.
std::vector<double> decaying(std::size_t count, std::size_t leading, double tail) {
  std::vector<double> values(count, tail);
  for (std::size_t i = 0; i < leading; ++i) {
    values[i] = 10.0 / static_cast<double>(i + 1);
  }
  return values;
}

}  // namespace

TEST_CASE("largest: equals the constructed value without a decomposition where it stands out") {
  for (const double scale : {1.0, 1e-150, 1e150}) {
    CAPTURE(scale);
    const test::Matrix matrix = test::with_singular_values(decaying(90, 8, 0.1), 90, 400) * scale;
    const LargestValue found = largest_singular_value(matrix, true);
    CHECK(found.solver == Solver::partial);
    CHECK(found.computed_values == 1);
    CHECK(*found.value == doctest::Approx(10.0 * scale).epsilon(1e-13));
    CHECK(*largest_singular_value(matrix.transpose().eval(), false).value ==
          doctest::Approx(10.0 * scale).epsilon(1e-13));
  }
}

TEST_CASE("largest: in a flat spectrum the others leave room, so all values are computed") {
  const test::Matrix matrix = test::gaussian(80, 100, 5);
  const LargestValue dense = largest_singular_value(matrix, true);
  CHECK(dense.solver == Solver::dense);
  CHECK(dense.computed_values == 80);
  CHECK(*dense.value ==
        doctest::Approx(spectral::dense_spectrum(matrix).leading[0]).epsilon(1e-13));
  const LargestValue counted = largest_singular_value(matrix, false);
  CHECK(counted.solver == Solver::partial);
  REQUIRE(counted.value);
  CHECK(*counted.value == doctest::Approx(*dense.value).epsilon(1e-12));
}

TEST_CASE("largest: two equal values at the top are not mistaken for one") {
  const std::vector<double> values = {3.0, 3.0, 1.0, 0.5};
  const test::Matrix matrix = test::with_singular_values(values, 4, 9);
  const LargestValue found = largest_singular_value(matrix, true);
  CHECK(found.solver == Solver::dense);
  CHECK(*found.value == doctest::Approx(3.0).epsilon(1e-14));
}

TEST_CASE("largest: a larger value that Lanczos cannot see is not missed") {
  // Orthogonal to the start as far as rounding goes is out of reach of a test; but a value that
  // leaves room for a larger one must never be called certain.
  const std::vector<double> values = {1.0, 0.9995, 0.999, 0.01};
  const test::Matrix matrix = test::with_singular_values(values, 4, 6);
  CHECK(largest_singular_value(matrix, true).solver == Solver::dense);
}

TEST_CASE("largest: one row or one column is its norm") {
  const test::Matrix row = test::gaussian(1, 30, 9);
  CHECK(*largest_singular_value(row, true).value == doctest::Approx(row.norm()).epsilon(1e-15));
  const test::Matrix column = row.transpose();
  CHECK(*largest_singular_value(column, false).value == doctest::Approx(row.norm()).epsilon(1e-15));
}
