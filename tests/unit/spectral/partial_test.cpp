#include "spectral/partial.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <doctest/doctest.h>

#include "support/matrices.hpp"

using namespace hindcast;
using spectral::LowRank;
using spectral::partial_spectrum;
using spectral::PartialResult;

namespace {

// Signals above a bulk that spreads like noise: descending.
std::vector<double> signal_and_bulk(std::vector<double> signal, std::size_t count) {
  const std::size_t bulk = count - signal.size();
  for (std::size_t i = 0; i < bulk; ++i) {
    signal.push_back(1.0 - 0.7 * static_cast<double>(i) / static_cast<double>(bulk));
  }
  std::ranges::sort(signal, std::greater());
  return signal;
}

void check_equal(const std::optional<LowRank>& found, const std::optional<LowRank>& expected) {
  REQUIRE(found);
  REQUIRE(expected);
  CHECK(found->rank == expected->rank);
  CHECK(found->knowledge_gain == doctest::Approx(expected->knowledge_gain).epsilon(1e-9));
  CHECK(found->mapping_condition == doctest::Approx(expected->mapping_condition).epsilon(1e-9));
  CHECK(found->noise_variance == doctest::Approx(expected->noise_variance).epsilon(1e-9));
}

// Runs the partial path on a matrix with these singular values and holds it against EVBMF of the
// values themselves: no decomposition stands on either side.
PartialResult check_closed_form(const std::vector<double>& values, Eigen::Index cols) {
  const auto rows = static_cast<Eigen::Index>(values.size());
  const test::Matrix matrix = test::with_singular_values(values, rows, cols);
  const auto dense_before = spectral::dense_decompositions();
  PartialResult found = partial_spectrum(matrix, {});
  CHECK(spectral::dense_decompositions() == dense_before);
  REQUIRE(found.largest);
  CHECK(*found.largest == doctest::Approx(values.front()).epsilon(1e-12));
  REQUIRE(found.smallest);
  CHECK(*found.smallest == doctest::Approx(values.back()).epsilon(1e-9));
  check_equal(found.exact, spectral::evbmf_exact(test::spectrum_of(values, rows, cols)));
  return found;
}

}  // namespace

TEST_CASE("partial: 2048 rows, multiple leading values and a certified rank from a few of them") {
  // Each multiplicity is one Krylov space too narrow: Lanczos alone would miss copies.
  const auto values = signal_and_bulk({20.0, 20.0, 20.0, 9.0, 9.0, 6.0}, 2048);
  const PartialResult found = check_closed_form(values, 2304);
  CHECK(found.exact->rank == 6);
  CHECK(found.spectrum.computed_values() < 100);
  CHECK(found.shortfall.find("reference") != std::string::npos);
}

TEST_CASE("partial: 2048 rows, pairs of values close to the threshold on both sides") {
  const auto plain = signal_and_bulk({20.0, 9.0}, 2048);
  const auto exact = spectral::evbmf_exact(test::spectrum_of(plain, 2048, 2304));
  REQUIRE(exact);
  const double alpha = 2048.0 / 2304.0;
  const double tau = spectral::exact_threshold(alpha);
  const double threshold =
      std::sqrt(2304.0 * exact->noise_variance * (1.0 + tau) * (1.0 + alpha / tau));
  const auto values = signal_and_bulk(
      {20.0, 9.0, threshold * 1.002, threshold * 1.0015, threshold * 0.9985, threshold * 0.998},
      2048);
  const PartialResult found = check_closed_form(values, 2304);
  CHECK(found.spectrum.computed_values() < 300);
}

TEST_CASE("partial: agrees with the dense path on every value it gives") {
  const auto dense_before = spectral::dense_decompositions();
  int certified_with_fewer = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    const auto rows = static_cast<Eigen::Index>(2 + 3 * seed);
    const auto cols = static_cast<Eigen::Index>(1 + (seed * 37) % 150);
    test::Matrix matrix = test::gaussian(rows, cols, seed);
    matrix += 3.0 * test::gaussian(rows, 1, seed + 100) * test::gaussian(1, cols, seed + 200) /
              std::sqrt(static_cast<double>(std::max(rows, cols)));
    const PartialResult found = partial_spectrum(matrix, {});
    const spectral::Spectrum dense = spectral::dense_spectrum(matrix);
    REQUIRE(found.largest);
    CHECK(*found.largest == doctest::Approx(dense.leading.front()).epsilon(1e-12));
    if (found.smallest) {
      CHECK(*found.smallest == doctest::Approx(dense.leading.back()).epsilon(1e-8));
    }
    if (found.exact) {
      check_equal(found.exact, spectral::evbmf_exact(dense));
      certified_with_fewer += found.spectrum.computed_values() < dense.short_side() ? 1 : 0;
    }
    if (found.reference) {
      check_equal(found.reference, spectral::evbmf_reference(dense));
    }
    for (std::size_t i = 0; i < found.spectrum.leading.size(); ++i) {
      CHECK(found.spectrum.leading[i] == doctest::Approx(dense.leading[i]).epsilon(1e-10));
    }
  }
  CHECK(certified_with_fewer > 10);
  CHECK(spectral::dense_decompositions() == dense_before + 40);  // Only the comparison's own.
}

TEST_CASE("partial: all singular values equal leaves no gap to verify, and no rank") {
  const PartialResult found =
      partial_spectrum(test::with_singular_values(std::vector<double>(80, 2.0), 80, 200), {});
  REQUIRE(found.largest);
  CHECK(*found.largest == doctest::Approx(2.0).epsilon(1e-12));
  REQUIRE(found.exact);
  CHECK(found.exact->rank == 0);
}

TEST_CASE("partial: what does not converge is reported and not given") {
  // Neighbouring values so close that one restart cannot separate them.
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) {
    values.push_back(1.0 - 1e-4 * i);
  }
  const test::Matrix matrix = test::with_singular_values(values, 400, 500);
  const PartialResult found = partial_spectrum(matrix, {.first_count = 8, .max_iterations = 1});
  CHECK_FALSE(found.largest);
  CHECK_FALSE(found.exact);
  CHECK_FALSE(found.reference);
  CHECK(found.shortfall == "Lanczos did not converge for 8 leading values");
}

TEST_CASE("partial: a rank-deficient matrix has no smallest value to give") {
  std::vector<double> values = signal_and_bulk({5.0}, 30);
  values.back() = 0.0;
  const PartialResult found = partial_spectrum(test::with_singular_values(values, 30, 40), {});
  CHECK(found.smallest_below_resolution);
  CHECK_FALSE(found.smallest);
}

TEST_CASE("partial: low rank, equal rows and empty rows are measured like any other matrix") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const auto rows = static_cast<Eigen::Index>(2 + seed);
    const auto cols = static_cast<Eigen::Index>(3 + (seed * 29) % 120);
    const auto rank = static_cast<Eigen::Index>(1 + seed % 5);
    test::Matrix matrix = test::gaussian(rows, rank, seed) * test::gaussian(rank, cols, seed + 500);
    if (seed % 3 == 1) {
      matrix = test::gaussian(rows, cols, seed);
      matrix.row(0) = matrix.row(rows - 1);
    } else if (seed % 3 == 2) {
      matrix = test::gaussian(rows, cols, seed);
      matrix.topRows(rows / 3).setZero();
    }
    const PartialResult found = partial_spectrum(matrix, {});
    const spectral::Spectrum dense = spectral::dense_spectrum(matrix);
    REQUIRE(found.largest);
    CHECK(*found.largest == doctest::Approx(dense.leading.front()).epsilon(1e-10));
    for (std::size_t i = 0; i < found.spectrum.leading.size(); ++i) {
      if (dense.leading[i] > 1000.0 * dense.resolution) {
        CHECK(found.spectrum.leading[i] == doctest::Approx(dense.leading[i]).epsilon(1e-6));
      }
    }
    if (found.exact) {
      CHECK(found.exact->rank == spectral::evbmf_exact(dense)->rank);
    }
    const auto norm = spectral::spectral_norm(matrix);
    REQUIRE(norm);
    CHECK(*norm == doctest::Approx(dense.leading.front()).epsilon(1e-10));
  }
}

TEST_CASE("spectral_norm: a difference in one column, and all ones") {
  test::Matrix moved = test::Matrix::Zero(40, 70);
  moved.col(3) = test::gaussian(40, 1, 9);
  CHECK(spectral::spectral_norm(moved) == doctest::Approx(moved.norm()).epsilon(1e-12));
  CHECK(spectral::spectral_norm(test::Matrix::Ones(300, 500)) ==
        doctest::Approx(std::sqrt(150000.0)).epsilon(1e-12));
}

TEST_CASE("partial: a row or a column is its own norm") {
  const test::Matrix row = test::gaussian(1, 50, 3);
  const PartialResult found = partial_spectrum(row, {});
  REQUIRE(found.largest);
  CHECK(*found.largest == doctest::Approx(row.norm()).epsilon(1e-14));
  CHECK(found.spectrum.complete());
  CHECK(found.exact->rank == 0);
}

TEST_CASE("spectral_norm: the largest singular value of any matrix, at any scale") {
  for (const auto& shape : {std::pair{30, 90}, std::pair{90, 30}, std::pair{2, 2}, std::pair{1, 9},
                            std::pair{9, 1}, std::pair{64, 64}}) {
    CAPTURE(shape.first);
    CAPTURE(shape.second);
    const test::Matrix matrix = test::gaussian(shape.first, shape.second, 21);
    const double expected = spectral::dense_spectrum(matrix).leading.front();
    for (const double scale : {1.0, 1e-200, 1e200}) {
      const auto found = spectral::spectral_norm(scale * matrix);
      REQUIRE(found);
      CHECK(*found / scale == doctest::Approx(expected).epsilon(1e-12));
    }
  }
  CHECK(spectral::spectral_norm(test::Matrix::Zero(4, 5)) == 0.0);
  CHECK(spectral::spectral_norm(test::Matrix::Identity(50, 50)) == doctest::Approx(1.0));
}
