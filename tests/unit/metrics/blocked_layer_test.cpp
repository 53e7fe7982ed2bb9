// A matrix in blocks tells what it tells as a whole.

#include "metrics/blocked_layer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/metrics/metric.hpp"

#include "support/matrices.hpp"

using namespace hindcast;
using metrics::BlockedMatrix;
using metrics::BlockOptions;
using metrics::LayerMeasurement;
using metrics::MetricSet;
using metrics::SolverChoice;

namespace {

constexpr std::int64_t kRows = 130;
constexpr std::int64_t kCols = 40;
// Seven rows at a time, and a last block of four.
constexpr BlockOptions kSmallBlocks{.values = 7 * kCols + 5};

BlockedMatrix blocked(const test::Matrix& matrix) {
  return {.rows = matrix.rows(),
          .cols = matrix.cols(),
          .read = [&matrix](std::int64_t first, std::span<double> out) {
            std::copy_n(matrix.data() + first * matrix.cols(), out.size(), out.begin());
          }};
}

std::span<const double> values(const test::Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

struct Moments {
  test::Matrix initial = test::gaussian(kRows, kCols, 1);
  test::Matrix previous = initial + test::gaussian(kRows, 1, 2) * test::gaussian(1, kCols, 3);
  test::Matrix now = previous + 0.5 * test::gaussian(kRows, kCols, 4);

  [[nodiscard]] LayerMeasurement whole(const tensor::Layout& layout) const {
    const std::vector<std::uint64_t> shape = {kRows, kCols};
    const metrics::LayerWeights weights{.shape = shape, .layout = layout, .values = values(now)};
    LayerMeasurement out;
    metrics::compare_with_previous(out, weights, values(previous));
    metrics::compare_with_initial(out, weights, values(initial));
    metrics::measure_spectra(out, weights, SolverChoice::automatic);
    return out;
  }

  [[nodiscard]] LayerMeasurement in_blocks(const tensor::Layout& layout) const {
    LayerMeasurement out;
    metrics::compare_with_previous(out, blocked(now), blocked(previous), MetricSet(), kSmallBlocks);
    metrics::compare_with_initial(out, blocked(now), blocked(initial), MetricSet(), kSmallBlocks);
    metrics::measure_spectra(out, blocked(now), layout, SolverChoice::automatic, MetricSet(),
                             kSmallBlocks);
    return out;
  }

  void scale(double factor) {
    initial *= factor;
    previous *= factor;
    now *= factor;
  }
};

void check_close(const std::optional<double>& found, const std::optional<double>& expected,
                 double tolerance) {
  REQUIRE(found.has_value() == expected.has_value());
  if (expected) {
    CHECK(*found == doctest::Approx(*expected).epsilon(tolerance));
  }
}

void check_same(const Moments& moments, const std::string& letters, double tolerance = 1e-12) {
  const tensor::Layout layout = tensor::Layout::parse(letters);
  const LayerMeasurement expected = moments.whole(layout);
  const LayerMeasurement found = moments.in_blocks(layout);
  for (const metrics::Metric& metric : metrics::metrics()) {
    CAPTURE(metric.key);
    check_close(metric.measure(found), metric.measure(expected), tolerance);
  }
  check_close(found.distance_from_init_frobenius, expected.distance_from_init_frobenius, tolerance);
  check_close(found.distance_from_init_spectral, expected.distance_from_init_spectral, tolerance);
  CHECK(found.weights == expected.weights);
  CHECK(found.status.list() == expected.status.list());
  REQUIRE(found.unfoldings.size() == 1);
  CHECK(found.unfoldings[0].rows == expected.unfoldings[0].rows);
  CHECK(found.unfoldings[0].cols == expected.unfoldings[0].cols);
  CHECK(found.unfoldings[0].non_finite_values == expected.unfoldings[0].non_finite_values);
}

}  // namespace

TEST_CASE("blocked_layer: every metric is that of the whole, at every moderate scale") {
  for (const double factor : {1.0, 1e-50, 1e50}) {
    CAPTURE(factor);
    Moments moments;
    moments.scale(factor);
    CHECK(metrics::is_moderate(blocked(moments.now), kSmallBlocks));
    check_same(moments, "OI");
    check_same(moments, "IO");
  }
}

TEST_CASE("blocked_layer: weights that did not move have no distance") {
  Moments moments;
  moments.initial = moments.now;
  moments.previous = moments.now;
  check_same(moments, "OI");
  CHECK(moments.in_blocks(tensor::Layout::parse("OI")).rotation == 0.0);
}

TEST_CASE("blocked_layer: values that are not finite are counted, and nothing is measured") {
  Moments moments;
  moments.now(3, 5) = std::numeric_limits<double>::quiet_NaN();
  moments.now(129, 0) = std::numeric_limits<double>::infinity();
  CHECK(metrics::is_moderate(blocked(moments.now), kSmallBlocks));
  check_same(moments, "OI");
  CHECK(moments.in_blocks(tensor::Layout::parse("OI")).unfoldings[0].non_finite_values == 2);
}

TEST_CASE("blocked_layer: a dead filter is a column of a tall matrix") {
  // A singular value of zero comes out as the rounding of its square.
  constexpr double kRounding = 1e-7;
  Moments moments;
  moments.now.col(7).setZero();
  check_same(moments, "OI", kRounding);
  moments.now.col(7).setConstant(1e-24);
  check_same(moments, "OI", kRounding);
  moments.now.col(7).setConstant(1e-23);  // Each is small; all of them are not.
  check_same(moments, "OI", kRounding);
}

TEST_CASE("blocked_layer: scales whose squares are lost are left to the whole") {
  Moments moments;
  moments.scale(1e-160);
  CHECK_FALSE(metrics::is_moderate(blocked(moments.now), kSmallBlocks));
  moments.scale(1e300);
  moments.scale(1e25);
  CHECK_FALSE(metrics::is_moderate(blocked(moments.now), kSmallBlocks));
  const test::Matrix zero = test::Matrix::Zero(kRows, kCols);
  CHECK_FALSE(metrics::is_moderate(blocked(zero), kSmallBlocks));
}
