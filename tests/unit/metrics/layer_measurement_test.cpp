// Properties every layer metric claims, checked for everything in the registry.

#include "hindcast/metrics/layer_measurement.hpp"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "hindcast/metrics/metric.hpp"
#include "hindcast/metrics/summary.hpp"

#include "support/matrices.hpp"

using namespace hindcast;
using metrics::LayerMeasurement;
using metrics::SolverChoice;

namespace {

// Four OIHW kernels in time; the last two carry a strong component, so that ranks are not zero.
struct Kernel {
  std::vector<std::uint64_t> shape = {12, 7, 3, 3};
  std::vector<double> initial;
  std::vector<double> previous;
  std::vector<double> now;
};

Kernel kernel(std::uint64_t seed) {
  Kernel k;
  const Eigen::Index size = 12 * 7 * 9;
  const auto values = [&](std::uint64_t which, double signal) {
    test::Matrix noise = test::gaussian(12, 63, seed + which);
    const test::Matrix u = test::gaussian(12, 1, 50);
    const test::Matrix v = test::gaussian(1, 63, 51);
    noise += signal * u * v;
    return std::vector<double>(noise.data(), noise.data() + size);
  };
  k.initial = values(1, 0.0);
  k.previous = values(2, 1.5);
  k.now = values(3, 2.0);
  return k;
}

LayerMeasurement measure(const Kernel& k, const char* letters = "OIHW") {
  const tensor::Layout layout = tensor::Layout::parse(letters);
  const metrics::LayerWeights weights{.shape = k.shape, .layout = layout, .values = k.now};
  LayerMeasurement measured;
  metrics::measure_spectra(measured, weights, SolverChoice::dense);
  metrics::compare_with_initial(measured, weights, k.initial);
  metrics::compare_with_previous(measured, weights, k.previous);
  return measured;
}

void check_same(const LayerMeasurement& a, const LayerMeasurement& b, bool only_scale_invariant) {
  for (const metrics::Metric& metric : metrics::metrics()) {
    if (only_scale_invariant && !metric.scale_invariant) {
      continue;
    }
    CAPTURE(metric.key);
    const auto x = metric.measure(a);
    const auto y = metric.measure(b);
    REQUIRE(x);
    REQUIRE(y);
    CHECK(*y == doctest::Approx(*x).epsilon(1e-10));
  }
}

}  // namespace

TEST_CASE("layer metrics: scaling all weights changes none that claims to be invariant") {
  const Kernel k = kernel(1);
  const LayerMeasurement plain = measure(k);
  CHECK(*metrics::value(plain, "knowledge_gain") > 0.0);
  for (const double scale : {1e-4, 0.37, 1e5}) {
    CAPTURE(scale);
    Kernel scaled = k;
    for (auto* values : {&scaled.initial, &scaled.previous, &scaled.now}) {
      std::ranges::for_each(*values, [scale](double& w) { w *= scale; });
    }
    check_same(plain, measure(scaled), true);
  }
}

TEST_CASE("layer metrics: permuting channels changes nothing") {
  const Kernel k = kernel(2);
  Kernel permuted = k;
  const auto permute = [](const std::vector<double>& from) {
    std::vector<double> to(from.size());
    for (std::size_t o = 0; o < 12; ++o) {
      for (std::size_t i = 0; i < 7; ++i) {
        for (std::size_t q = 0; q < 9; ++q) {
          to[(((5 * o + 3) % 12) * 7 + (3 * i + 1) % 7) * 9 + (8 - q)] = from[(o * 7 + i) * 9 + q];
        }
      }
    }
    return to;
  };
  permuted.initial = permute(k.initial);
  permuted.previous = permute(k.previous);
  permuted.now = permute(k.now);
  check_same(measure(k), measure(permuted), false);
}

TEST_CASE("layer metrics: the same kernel stored in another order of axes is the same layer") {
  const Kernel k = kernel(3);
  Kernel hwio = k;
  hwio.shape = {3, 3, 7, 12};
  const auto reorder = [](const std::vector<double>& from) {
    std::vector<double> to(from.size());
    for (std::size_t o = 0; o < 12; ++o) {
      for (std::size_t i = 0; i < 7; ++i) {
        for (std::size_t q = 0; q < 9; ++q) {
          to[(q * 7 + i) * 12 + o] = from[(o * 7 + i) * 9 + q];
        }
      }
    }
    return to;
  };
  hwio.initial = reorder(k.initial);
  hwio.previous = reorder(k.previous);
  hwio.now = reorder(k.now);
  check_same(measure(k), measure(hwio, "HWIO"), false);
}

TEST_CASE("layer metrics: a layer's value is the mean over its unfoldings, and a matrix has one") {
  const LayerMeasurement conv = measure(kernel(4));
  REQUIRE(conv.unfoldings.size() == 2);
  const double mean = (*conv.unfoldings[0].spectral_norm + *conv.unfoldings[1].spectral_norm) / 2.0;
  CHECK(*metrics::value(conv, "spectral_norm") == mean);

  const test::Matrix weights = test::gaussian(5, 9, 3);
  const Kernel matrix{
      .shape = {5, 9}, .initial = {}, .previous = {}, .now = {weights.data(), weights.data() + 45}};
  const LayerMeasurement linear = measure(matrix, "OI");
  CHECK(linear.unfoldings.size() == 1);
  CHECK(linear.unfoldings[0].rows == 5);
  CHECK_FALSE(linear.rotation);
  CHECK_FALSE(linear.step_rotation);
}

TEST_CASE("layer metrics: distances from the initialisation are those of the difference") {
  const Kernel k = kernel(5);
  const LayerMeasurement measured = measure(k);
  test::Matrix difference(12, 63);
  for (Eigen::Index i = 0; i < difference.size(); ++i) {
    const auto place = static_cast<std::size_t>(i);
    difference.data()[i] = k.now[place] - k.initial[place];
  }
  const double largest = spectral::dense_spectrum(difference).leading.front();
  CHECK(*measured.distance_from_init_frobenius == doctest::Approx(difference.squaredNorm()));
  CHECK(*measured.distance_from_init_spectral == doctest::Approx(largest * largest));
}

TEST_CASE("summary: aggregates and totals by hand") {
  LayerMeasurement a = measure(kernel(6));
  LayerMeasurement b = measure(kernel(7));
  a.rotation = 0.2;
  b.rotation = 0.95;
  a.weights = 100;
  b.weights = 300;
  const std::vector<const LayerMeasurement*> layers = {&a, &b};
  const metrics::Summary summary = metrics::summarise(layers);
  REQUIRE(summary.aggregates.size() == metrics::metrics().size());
  const metrics::Aggregate& rotation = summary.aggregates.front();
  REQUIRE(rotation.metric == "rotation");
  CHECK(*rotation.mean == doctest::Approx(0.575));
  CHECK(*rotation.weighted_mean == doctest::Approx((20.0 + 285.0) / 400.0));
  CHECK(*rotation.l2 == doctest::Approx(std::sqrt((0.04 + 0.9025) / 2.0)));
  CHECK(*rotation.geometric_mean == doctest::Approx(std::sqrt(0.2 * 0.95)));
  CHECK(*rotation.min == 0.2);
  CHECK(*rotation.max == 0.95);
  const auto total = [&](std::string_view key) {
    return std::ranges::find(summary.totals, key, &metrics::Total::key)->value;
  };
  CHECK(*total("rotation_spread") == doctest::Approx(0.375));
  CHECK(*total("rotation_past_half") == 0.5);
  CHECK(*total("rotation_past_nine_tenths") == 0.5);
  CHECK(*total("log_product_of_spectral_norms") ==
        doctest::Approx(2.0 * std::log(*a.unfoldings[0].spectral_norm) +
                        2.0 * std::log(*b.unfoldings[0].spectral_norm)));
}

TEST_CASE("summary: a layer without a value is left out of the means and voids the sums") {
  LayerMeasurement a = measure(kernel(8));
  LayerMeasurement b = measure(kernel(9));
  b.rotation.reset();
  b.distance_from_init_frobenius.reset();
  const std::vector<const LayerMeasurement*> layers = {&a, &b};
  const metrics::Summary summary = metrics::summarise(layers);
  CHECK(summary.aggregates.front().layers == 1);
  CHECK(*summary.aggregates.front().mean == *a.rotation);
  const auto distance =
      std::ranges::find(summary.totals, "distance_from_init_frobenius", &metrics::Total::key);
  CHECK_FALSE(distance->value);
  CHECK_FALSE(metrics::summarise({}).aggregates.front().mean);
}
