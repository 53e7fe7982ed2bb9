#include "analysis/measurement_cache.hpp"

#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text_cache.hpp"
#include "support/matrices.hpp"
#include "support/test_files.hpp"

using namespace hindcast;
using analysis::MeasuredFrom;
using analysis::MeasurementCache;
using analysis::Piece;
using metrics::LayerMeasurement;
using metrics::SolverChoice;

namespace {

// A measured convolution, and what it was measured from.
struct Measured {
  std::vector<std::uint64_t> shape = {6, 4, 3, 3};
  tensor::Layout layout = tensor::Layout::parse("OIHW");
  MeasuredFrom from{.shape = shape, .layout = layout, .tensor = "abc", .part = "", .with = "dense"};
  LayerMeasurement measurement;

  Measured() {
    const test::Matrix now = test::gaussian(6, 36, 1);
    const test::Matrix before = test::gaussian(6, 36, 2);
    const metrics::LayerWeights weights{
        .shape = shape, .layout = layout, .values = std::span(now.data(), 216)};
    metrics::compare_with_previous(measurement, weights, std::span(before.data(), 216));
    metrics::compare_with_initial(measurement, weights, std::span(before.data(), 216));
    metrics::measure_spectra(measurement, weights, SolverChoice::dense);
  }

  [[nodiscard]] MeasuredFrom with(std::string_view other) const {
    MeasuredFrom out = from;
    out.with = other;
    return out;
  }
};

}  // namespace

TEST_CASE("measurement_cache: gives back every number to the last bit") {
  const test::TemporaryDirectory place;
  MeasurementCache cache(place.path());
  const Measured made;
  cache.keep(Piece::spectra, made.measurement, made.from);
  cache.keep(Piece::initial, made.measurement, made.with("initial"));
  cache.keep(Piece::previous, made.measurement, made.with("previous"));

  LayerMeasurement found;
  REQUIRE(cache.find(Piece::spectra, found, made.from));
  REQUIRE(cache.find(Piece::initial, found, made.with("initial")));
  REQUIRE(cache.find(Piece::previous, found, made.with("previous")));
  CHECK(found.weights == 216);
  CHECK(found.rotation == made.measurement.rotation);
  CHECK(found.step_rotation == made.measurement.step_rotation);
  CHECK(found.relative_distance == made.measurement.relative_distance);
  CHECK(found.distance_from_init_spectral == made.measurement.distance_from_init_spectral);
  REQUIRE(found.unfoldings.size() == 2);
  CHECK(found.unfoldings[1].spectral_norm == made.measurement.unfoldings[1].spectral_norm);
  CHECK(found.unfoldings[1].exact.value->noise_variance ==
        made.measurement.unfoldings[1].exact.value->noise_variance);
  CHECK(cache.statistics().found == 3);
  CHECK(cache.statistics().kept == 3);
}

TEST_CASE("measurement_cache: everything that a measurement depends on is part of its key") {
  const test::TemporaryDirectory place;
  MeasurementCache cache(place.path());
  const Measured made;
  cache.keep(Piece::spectra, made.measurement, made.from);
  cache.keep(Piece::initial, made.measurement, made.with("initial"));
  LayerMeasurement found;
  const tensor::Layout other_layout = tensor::Layout::parse("IOHW");
  const std::vector<std::uint64_t> other_shape = {4, 6, 3, 3};
  CHECK_FALSE(cache.find(Piece::spectra, found, made.with("partial")));
  CHECK_FALSE(cache.find(Piece::initial, found, made.with("another")));
  CHECK_FALSE(cache.find(Piece::previous, found, made.with("initial")));
  CHECK_FALSE(cache.find(Piece::spectra, found, [&] {
    MeasuredFrom other = made.from;
    other.metrics = metrics::MetricSet(std::vector<std::string>{"stable_rank"});
    return other;
  }()));
  const MeasuredFrom& from = made.from;
  for (const MeasuredFrom& other : {
           MeasuredFrom{from.shape, from.layout, "abd", from.part, from.with},
           MeasuredFrom{from.shape, from.layout, from.tensor, "0 of 2", from.with},
           MeasuredFrom{other_shape, from.layout, from.tensor, from.part, from.with},
           MeasuredFrom{from.shape, other_layout, from.tensor, from.part, from.with},
       }) {
    CHECK_FALSE(cache.find(Piece::spectra, found, other));
  }
}

TEST_CASE("measurement_cache: a comparison brings its own status with it") {
  // Weights whose squared distance is beyond double precision, though they are not.
  const std::vector<std::uint64_t> shape = {1, 2};
  const tensor::Layout layout = tensor::Layout::parse("OI");
  const std::vector<double> now = {1e200, 1.0};
  const std::vector<double> before = {-1e200, 1.0};
  LayerMeasurement made;
  metrics::compare_with_initial(made, {.shape = shape, .layout = layout, .values = now}, before);
  REQUIRE(made.status.has(metrics::Status::non_finite));

  const test::TemporaryDirectory place;
  MeasurementCache cache(place.path());
  const MeasuredFrom from{
      .shape = shape, .layout = layout, .tensor = "abc", .part = "", .with = "initial"};
  cache.keep(Piece::initial, made, from);
  LayerMeasurement found;
  REQUIRE(cache.find(Piece::initial, found, from));
  CHECK(found.status.list() == made.status.list());
  CHECK(found.rotation == made.rotation);
  CHECK(found.distance_from_init_frobenius == made.distance_from_init_frobenius);
}

TEST_CASE("measurement_cache: what another hand wrote is measured again") {
  const Measured made;
  const std::string one_side = R"({"rows": 6, "cols": 36, "status": "ok", "computed_values": 6})";
  for (const std::string& text :
       {std::string("{}"), std::string(R"({"weights": 216, "status": "ok", "unfoldings": {}})"),
        R"({"weights": 216, "status": "ok", "unfoldings": {"output": )" + one_side + "}}",
        R"({"weights": 7, "status": "ok", "unfoldings": {"output": )" + one_side +
            R"(, "input": {"rows": 4, "cols": 54, "status": "ok"}}})",
        R"({"weights": 216, "status": "ok", "unfoldings": {"output": )" + one_side +
            R"(, "input": {"rows": 54, "cols": 4, "status": "ok"}}})"}) {
    CAPTURE(text);
    const test::TemporaryDirectory place;
    MeasurementCache cache(place.path());
    TextCache(place.path()).keep(MeasurementCache::key(Piece::spectra, made.from), text);
    LayerMeasurement found;
    CHECK_FALSE(cache.find(Piece::spectra, found, made.from));
    CHECK(found.unfoldings.empty());
  }
  for (const std::string text : {"{}", R"({"step_rotation": -5})", R"({"step_rotation": 2.5})",
                                 R"({"step_rotation": "0"})"}) {
    CAPTURE(text);
    const test::TemporaryDirectory place;
    MeasurementCache cache(place.path());
    TextCache(place.path())
        .keep(MeasurementCache::key(Piece::previous, made.with("previous")), text);
    LayerMeasurement found;
    CHECK_FALSE(cache.find(Piece::previous, found, made.with("previous")));
  }
}

TEST_CASE("measurement_cache: what was measured without singular values does not stand for more") {
  const test::TemporaryDirectory place;
  MeasurementCache cache(place.path());
  const Measured made;
  MeasuredFrom from = made.from;
  cache.keep(Piece::spectra, made.measurement, from);
  from.metrics = from.metrics.with_spectra();
  LayerMeasurement found;
  CHECK_FALSE(cache.find(Piece::spectra, found, from));
  cache.keep(Piece::spectra, made.measurement, from);  // By another hand.
  CHECK_FALSE(cache.find(Piece::spectra, found, from));
  LayerMeasurement with_values = made.measurement;
  for (metrics::UnfoldingMeasurement& side : with_values.unfoldings) {
    side.singular_values = {.values = {*side.spectral_norm}};
  }
  cache.keep(Piece::spectra, with_values, from);
  REQUIRE(cache.find(Piece::spectra, found, from));
  CHECK(found.unfoldings[1].singular_values->values ==
        std::vector{*made.measurement.unfoldings[1].spectral_norm});
  LayerMeasurement without;
  REQUIRE(cache.find(Piece::spectra, without, made.from));
  CHECK_FALSE(without.unfoldings[1].singular_values);
}

TEST_CASE("measurement_cache: comparisons serve whether or not singular values are kept") {
  const Measured made;
  MeasuredFrom from = made.from;
  const auto key = [&](Piece piece) { return MeasurementCache::key(piece, from); };
  const std::string spectra = key(Piece::spectra);
  const std::string initial = key(Piece::initial);
  from.metrics = from.metrics.with_spectra();
  CHECK(key(Piece::spectra) != spectra);
  CHECK(key(Piece::initial) == initial);
}

TEST_CASE("measurement_cache: in memory it finds what was kept, until nobody uses it") {
  MeasurementCache cache;
  const Measured made;
  cache.keep(Piece::spectra, made.measurement, made.from);
  cache.keep(Piece::initial, made.measurement, made.with("initial"));
  cache.forget_unused();  // Both were just kept.

  LayerMeasurement found;
  REQUIRE(cache.find(Piece::spectra, found, made.from));
  CHECK(found.weights == 216);
  CHECK_FALSE(cache.find(Piece::previous, found, made.with("initial")));
  cache.forget_unused();

  LayerMeasurement later;
  CHECK(cache.find(Piece::spectra, later, made.from));
  CHECK_FALSE(cache.find(Piece::initial, later, made.with("initial")));
  CHECK(cache.statistics().kept == 2);
}
