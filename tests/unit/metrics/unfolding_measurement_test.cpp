#include "hindcast/metrics/unfolding_measurement.hpp"

#include <cmath>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/metrics/effective_rank.hpp"

#include "metrics/keep_finite.hpp"
#include "support/matrices.hpp"

using namespace hindcast;
using metrics::measure_unfolding;
using metrics::SolverChoice;
using metrics::Status;
using tensor::Unfolding;

namespace {

metrics::UnfoldingMeasurement dense(const test::Matrix& matrix) {
  return measure_unfolding(matrix, Unfolding::output, SolverChoice::dense);
}

}  // namespace

TEST_CASE("effective_rank: by hand") {
  CHECK(metrics::effective_rank(std::vector<double>(7, 0.3)) == doctest::Approx(7.0));
  CHECK(metrics::effective_rank(std::vector<double>{5.0, 0.0, 0.0}) == doctest::Approx(1.0));
  // p = (3/4, 1/4): exp(0.75 ln(4/3) + 0.25 ln 4).
  const double expected = std::exp(0.75 * std::log(4.0 / 3.0) + 0.25 * std::log(4.0));
  CHECK(metrics::effective_rank(std::vector<double>{3.0, 1.0}) == doctest::Approx(expected));
}

TEST_CASE("measure_unfolding: closed forms of a matrix with known singular values") {
  const auto measured = dense(test::with_singular_values({4.0, 2.0, 1.0}, 3, 8));
  CHECK(measured.status.ok());
  CHECK(*measured.spectral_norm == doctest::Approx(4.0));
  CHECK(*measured.frobenius_norm == doctest::Approx(std::sqrt(21.0)));
  CHECK(*measured.stable_rank == doctest::Approx(21.0 / 16.0));
  CHECK(*measured.smallest_singular_value == doctest::Approx(1.0));
  CHECK(*measured.condition_number == doctest::Approx(4.0));
  CHECK(measured.computed_values == 3);
}

TEST_CASE("measure_unfolding: an all-zero matrix is judged, as zero") {
  for (const SolverChoice solver : {SolverChoice::dense, SolverChoice::partial}) {
    const auto measured = measure_unfolding(test::Matrix::Zero(3, 5), Unfolding::input, solver);
    CHECK(measured.status.list() == std::vector{Status::zero});
    CHECK(measured.spectral_norm == 0.0);
    CHECK_FALSE(measured.stable_rank);
    CHECK_FALSE(measured.condition_number);
    REQUIRE(measured.exact.value);
    CHECK(measured.exact.value->rank == 0);
    CHECK(measured.exact.value->knowledge_gain == 0.0);
    CHECK(measured.exact.value->mapping_condition == 0.0);
  }
}

TEST_CASE("measure_unfolding: NaN and infinity are counted and nothing is measured") {
  test::Matrix matrix = test::gaussian(4, 6, 1);
  matrix(1, 2) = std::numeric_limits<double>::quiet_NaN();
  matrix(3, 5) = std::numeric_limits<double>::infinity();
  for (const SolverChoice solver : {SolverChoice::dense, SolverChoice::partial}) {
    const auto measured = measure_unfolding(matrix, Unfolding::output, solver);
    CHECK(measured.status.list() == std::vector{Status::non_finite});
    CHECK(measured.non_finite_values == 2);
    CHECK_FALSE(measured.spectral_norm);
    CHECK_FALSE(measured.frobenius_norm);
    CHECK_FALSE(measured.exact.value);
    CHECK_FALSE(measured.reference.value);
  }
}

TEST_CASE("measure_unfolding: the smallest singular value is judged by the resolution") {
  // The resolution is s_1 sqrt(4 * 2^-52) = 3e-8.
  const auto lost = dense(test::with_singular_values({1.0, 0.5, 0.2, 1e-12}, 4, 9));
  CHECK(lost.status.list() == std::vector{Status::below_resolution});
  CHECK_FALSE(lost.smallest_singular_value);
  CHECK_FALSE(lost.condition_number);
  const auto doubtful = dense(test::with_singular_values({1.0, 0.5, 0.2, 1e-6}, 4, 9));
  CHECK(doubtful.status.list() == std::vector{Status::near_resolution});
  CHECK(*doubtful.smallest_singular_value == doctest::Approx(1e-6).epsilon(1e-2));
  CHECK(dense(test::with_singular_values({1.0, 0.5, 0.2, 1e-4}, 4, 9)).status.ok());
}

TEST_CASE("measure_unfolding: a dead filter is a row of the short side below single precision") {
  test::Matrix matrix = test::gaussian(4, 9, 3);
  matrix.row(2) *= 1e-30;
  const auto measured = dense(matrix);
  CHECK(measured.status.has(Status::dead_filter));
  CHECK(measured.reference.status.has(Status::dead_filter));
  CHECK(measured.exact.status.ok());
  // A column of the long side may be as small as it likes.
  test::Matrix thin_column = test::gaussian(4, 9, 3);
  thin_column.col(2) *= 1e-30;
  CHECK_FALSE(dense(thin_column).status.has(Status::dead_filter));
  CHECK(dense(thin_column.transpose()).status.ok());
}

TEST_CASE("measure_unfolding: the partial path says which values it leaves out") {
  std::vector<double> values = {30.0, 20.0};
  for (int i = 0; i < 98; ++i) {
    values.push_back(1.0 - 0.005 * i);
  }
  const auto measured = measure_unfolding(test::with_singular_values(values, 100, 900),
                                          Unfolding::output, SolverChoice::partial);
  CHECK(measured.solver == spectral::Solver::partial);
  CHECK(measured.status.has(Status::partial));
  CHECK_FALSE(measured.effective_rank);
  CHECK(measured.computed_values < 100);
  REQUIRE(measured.exact.value);
  CHECK(measured.exact.value->rank == 2);
}

TEST_CASE("measure_unfolding: singular values are kept where they are asked for, and only there") {
  const test::Matrix matrix = test::with_singular_values({4.0, 2.0, 1.0}, 3, 8);
  CHECK_FALSE(dense(matrix).singular_values);
  const metrics::MetricSet nothing_else(std::vector<std::string>{"frobenius_norm"});
  for (const metrics::MetricSet& asked : {metrics::MetricSet(), nothing_else}) {
    const auto measured =
        measure_unfolding(matrix, Unfolding::output, SolverChoice::dense, asked.with_spectra());
    REQUIRE(measured.singular_values);
    REQUIRE(measured.singular_values->values.size() == 3);
    CHECK(measured.singular_values->values[0] == doctest::Approx(4.0));
    CHECK(measured.singular_values->values[1] == doctest::Approx(2.0));
    CHECK(measured.singular_values->values[2] == doctest::Approx(1.0));
    CHECK(measured.singular_values->trailing == 0);
    CHECK(measured.computed_values == 3);
    CHECK(measured.effective_rank.has_value() == asked.is_all());
  }
}

TEST_CASE("measure_unfolding: a singular value below resolution is computed and not kept") {
  const auto measured =
      measure_unfolding(test::with_singular_values({1.0, 0.5, 0.2, 1e-12}, 4, 9), Unfolding::output,
                        SolverChoice::dense, metrics::MetricSet().with_spectra());
  CHECK(measured.computed_values == 4);
  CHECK(measured.singular_values->values.size() == 3);
}

TEST_CASE("measure_unfolding: what has no spectrum has no singular values") {
  test::Matrix matrix = test::Matrix::Zero(3, 5);
  const auto kept = [&] {
    return measure_unfolding(matrix, Unfolding::output, SolverChoice::dense,
                             metrics::MetricSet().with_spectra());
  };
  CHECK(kept().singular_values->values.empty());
  CHECK(kept().exact.value->threshold == 0.0);
  matrix(0, 0) = std::numeric_limits<double>::infinity();
  CHECK(kept().singular_values->values.empty());
  matrix.setConstant(1.7e308);  // Its norm is beyond a double.
  auto beyond = kept();
  metrics::keep_finite(beyond);
  CHECK(beyond.singular_values->values.empty());
  CHECK(beyond.status.has(Status::non_finite));
}

TEST_CASE("measure_unfolding: the partial solver's singular values are first and last ones") {
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) {
    values.push_back(i < 5 ? 100.0 - 10.0 * i : 2.0 - 0.005 * i);
  }
  const auto measured =
      measure_unfolding(test::with_singular_values(values, 300, 2000), Unfolding::output,
                        SolverChoice::partial, metrics::MetricSet().with_spectra());
  const metrics::SingularValues& kept = *measured.singular_values;
  const auto count = std::ssize(kept.values);
  CHECK(count == measured.computed_values);
  CHECK(count < 300);
  REQUIRE(kept.trailing > 0);
  for (std::int64_t i = 0; i < count; ++i) {
    const bool is_last = i >= count - kept.trailing;
    const std::int64_t place = is_last ? 300 - count + i : i;
    CHECK(kept.values[static_cast<std::size_t>(i)] ==
          doctest::Approx(values[static_cast<std::size_t>(place)]).epsilon(1e-9));
  }
}
