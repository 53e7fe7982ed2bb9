#include "hindcast/spectral/spectrum.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "support/matrices.hpp"

using namespace hindcast;
using spectral::Spectrum;

namespace {

std::vector<double> geometric(std::size_t count, double first, double ratio) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(first * std::pow(ratio, static_cast<double>(i)));
  }
  return values;
}

}  // namespace

TEST_CASE("dense_spectrum: finds the singular values a matrix was built from, wide and tall") {
  const std::vector<double> values = geometric(20, 5.0, 0.8);
  for (const auto& [rows, cols] : {std::pair{20, 57}, std::pair{57, 20}, std::pair{20, 20}}) {
    const int shown_rows = rows;
    CAPTURE(shown_rows);
    const Spectrum found = spectral::dense_spectrum(test::with_singular_values(values, rows, cols));
    REQUIRE(found.complete());
    CHECK(found.rows == rows);
    CHECK(found.cols == cols);
    for (std::size_t i = 0; i < values.size(); ++i) {
      // A Gram eigenvalue is off by about eps s_1^2, so a singular value by eps s_1^2 / s.
      const double error = 100.0 * 0x1p-52 * values[0] * values[0] / values[i];
      CHECK(std::abs(found.leading[i] - values[i]) <= error);
    }
    CHECK(found.tail_bound == 0.0);
  }
}

TEST_CASE("dense_spectrum: scale neither overflows nor underflows") {
  const std::vector<double> values = geometric(6, 1.0, 0.5);
  const test::Matrix matrix = test::with_singular_values(values, 6, 9);
  for (const double scale : {1e-290, 1e-170, 1e160, 1e300}) {
    CAPTURE(scale);
    const Spectrum found = spectral::dense_spectrum(scale * matrix);
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(found.leading[i] / scale == doctest::Approx(values[i]).epsilon(1e-13));
    }
  }
}

TEST_CASE("dense_spectrum: permuting rows and columns changes no singular value") {
  const test::Matrix matrix = test::gaussian(15, 40, 7);
  const Spectrum before = spectral::dense_spectrum(matrix);
  const Spectrum after = spectral::dense_spectrum(matrix.rowwise().reverse().colwise().reverse());
  for (std::size_t i = 0; i < before.leading.size(); ++i) {
    CHECK(after.leading[i] == doctest::Approx(before.leading[i]).epsilon(1e-12));
  }
}

TEST_CASE("dense_spectrum: counts itself") {
  const auto before = spectral::dense_decompositions();
  static_cast<void>(spectral::dense_spectrum(test::gaussian(3, 4, 1)));
  CHECK(spectral::dense_decompositions() == before + 1);
}
