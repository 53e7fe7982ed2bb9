#include "hindcast/metrics/metric_set.hpp"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"

#include "metrics/spoken_names.hpp"
#include "support/matrices.hpp"

using namespace hindcast;
using metrics::LayerMeasurement;
using metrics::MetricSet;
using metrics::SolverChoice;
using Keys = std::vector<std::string>;

namespace {

// A matrix with signal and noise at three moments.
struct Moments {
  std::vector<std::uint64_t> shape = {20, 30};
  tensor::Layout layout = tensor::Layout::parse("OI");
  test::Matrix initial = test::gaussian(20, 30, 1);
  test::Matrix previous = initial + test::gaussian(20, 1, 2) * test::gaussian(1, 30, 3);
  test::Matrix now = previous + test::gaussian(20, 1, 4) * test::gaussian(1, 30, 5);

  static std::span<const double> values(const test::Matrix& matrix) {
    return {matrix.data(), static_cast<std::size_t>(matrix.size())};
  }

  [[nodiscard]] LayerMeasurement measured(const MetricSet& asked) const {
    const metrics::LayerWeights weights{.shape = shape, .layout = layout, .values = values(now)};
    LayerMeasurement out;
    metrics::compare_with_previous(out, weights, values(previous), asked);
    metrics::compare_with_initial(out, weights, values(initial), asked);
    metrics::measure_spectra(out, weights, SolverChoice::automatic, asked);
    return out;
  }
};

}  // namespace

TEST_CASE("metric_set: all is the same as every single one") {
  CHECK(MetricSet().is_all());
  const MetricSet all(MetricSet().keys());
  CHECK(all.is_all());
  CHECK(all.keys().size() == metrics::metrics().size());
}

TEST_CASE("metric_set: keys come in report order, each once") {
  const MetricSet set(Keys{"stable_rank", "rotation", "stable_rank"});
  CHECK(set.keys() == Keys{"rotation", "stable_rank"});
  CHECK_FALSE(set.is_all());
  CHECK(set.has("rotation"));
  CHECK_FALSE(set.has("effective_rank"));
}

TEST_CASE("metric_set: what people say for a metric is understood") {
  const MetricSet set(Keys{"Gain", "MAPPING", "Stable-Rank", "effective rank", "rank"});
  CHECK(set.keys() ==
        Keys{"knowledge_gain", "mapping_condition", "rank_ratio", "stable_rank", "effective_rank"});
  CHECK(metrics::nearest_key("conditon") == "condition_number");
  CHECK(metrics::nearest_key("Gian") == "knowledge_gain");
  CHECK(metrics::nearest_key("nothing like it at all").empty());
}

TEST_CASE("metric_set: an unknown metric is refused, with the nearest known one") {
  CHECK_THROWS_WITH_AS(MetricSet(Keys{"stable_rnk"}),
                       doctest::Contains("did you mean 'stable_rank'?"), Error);
}

TEST_CASE("metric_set: each metric alone has the value that it has among all") {
  const Moments moments;
  const LayerMeasurement all = moments.measured(MetricSet());
  for (const metrics::Metric& asked : metrics::metrics()) {
    const LayerMeasurement alone = moments.measured(MetricSet(Keys{std::string(asked.key)}));
    CHECK(alone.weights == 600);
    REQUIRE(alone.unfoldings.size() == 1);
    for (const metrics::Metric& metric : metrics::metrics()) {
      CAPTURE(asked.key);
      CAPTURE(metric.key);
      const std::optional<double> expected = metric.measure(all);
      const std::optional<double> found = metric.measure(alone);
      REQUIRE(expected);
      if (metric.key == asked.key) {
        REQUIRE(found);
        CHECK(*found == doctest::Approx(*expected).epsilon(1e-12));
      }
    }
    if (asked.key != "knowledge_gain" && asked.key != "mapping_condition" &&
        asked.key != "rank_ratio") {
      CHECK_FALSE(alone.unfoldings[0].exact.value);
    }
    CHECK(alone.unfoldings[0].effective_rank.has_value() == (asked.key == "effective_rank"));
    CHECK(alone.relative_distance.has_value() == (asked.key == "relative_distance"));
  }
}

TEST_CASE("metric_set: singular values are computed where they are kept") {
  const MetricSet none(Keys{"rotation"});
  CHECK_FALSE(none.asks_for_spectrum());
  CHECK(none.with_spectra().asks_for_spectrum());
  CHECK(none.with_spectra().keys() == none.keys());
  CHECK(MetricSet().with_spectra().is_all());
}

TEST_CASE("metric_set: no singular value is computed for what needs none") {
  const Moments moments;
  const std::uint64_t before = spectral::dense_decompositions();
  const LayerMeasurement measured =
      moments.measured(MetricSet(Keys{"rotation", "frobenius_norm", "step_rotation"}));
  CHECK(spectral::dense_decompositions() == before);
  CHECK(measured.unfoldings[0].computed_values == 0);
  CHECK(measured.unfoldings[0].frobenius_norm);
}
