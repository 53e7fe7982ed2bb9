#include "hindcast/analysis/measurement_cache.hpp"

#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/sha256.hpp"

#include "support/matrices.hpp"
#include "support/test_files.hpp"

using namespace hindcast;
using analysis::MeasuredFrom;
using analysis::MeasurementCache;
using metrics::LayerMeasurement;
using metrics::SolverChoice;
namespace fs = std::filesystem;

namespace {

// A measured convolution, and what it was measured from.
struct Measured {
  std::vector<std::uint64_t> shape = {6, 4, 3, 3};
  tensor::Layout layout = tensor::Layout::parse("OIHW");
  MeasuredFrom from{.shape = shape, .layout = layout, .tensor = "abc", .part = ""};
  LayerMeasurement measurement;

  Measured() {
    const test::Matrix now = test::gaussian(6, 36, 1);
    const test::Matrix before = test::gaussian(6, 36, 2);
    const metrics::LayerWeights weights{
        .shape = shape, .layout = layout, .values = std::span(now.data(), 216)};
    metrics::measure_spectra(measurement, weights, SolverChoice::dense);
    metrics::compare_with_initial(measurement, weights, std::span(before.data(), 216));
    metrics::compare_with_previous(measurement, weights, std::span(before.data(), 216));
  }
};

// Replaces the text of the only file of a cache, with a right checksum.
void forge(const fs::path& directory, const std::string& text) {
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.path().filename() != "CACHEDIR.TAG") {
      std::ofstream(entry.path(), std::ios::binary)
          << "hindcast.cache/1 " << sha256(std::as_bytes(std::span(text))) << '\n'
          << text;
    }
  }
}

}  // namespace

TEST_CASE("measurement_cache: gives back every number to the last bit") {
  const test::TemporaryDirectory place;
  MeasurementCache cache(place.path());
  const Measured made;
  cache.keep_spectra(made.measurement, made.from, SolverChoice::dense);
  cache.keep_initial(made.measurement, made.from, "initial");
  cache.keep_previous(made.measurement, made.from, "previous");

  LayerMeasurement found;
  REQUIRE(cache.find_spectra(found, made.from, SolverChoice::dense));
  REQUIRE(cache.find_initial(found, made.from, "initial"));
  REQUIRE(cache.find_previous(found, made.from, "previous"));
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
  cache.keep_spectra(made.measurement, made.from, SolverChoice::dense);
  cache.keep_initial(made.measurement, made.from, "initial");
  LayerMeasurement found;
  const tensor::Layout other_layout = tensor::Layout::parse("IOHW");
  const std::vector<std::uint64_t> other_shape = {4, 6, 3, 3};
  CHECK_FALSE(cache.find_spectra(found, made.from, SolverChoice::partial));
  CHECK_FALSE(cache.find_initial(found, made.from, "another"));
  CHECK_FALSE(cache.find_previous(found, made.from, "initial"));
  for (const MeasuredFrom& from :
       {MeasuredFrom{.shape = made.shape, .layout = made.layout, .tensor = "abd", .part = ""},
        MeasuredFrom{.shape = made.shape, .layout = made.layout, .tensor = "abc", .part = "0 of 2"},
        MeasuredFrom{.shape = other_shape, .layout = made.layout, .tensor = "abc", .part = ""}}) {
    CHECK_FALSE(cache.find_spectra(found, from, SolverChoice::dense));
  }
  const MeasuredFrom transposed{
      .shape = made.shape, .layout = other_layout, .tensor = "abc", .part = ""};
  CHECK_FALSE(cache.find_spectra(found, transposed, SolverChoice::dense));
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
    cache.keep_spectra(made.measurement, made.from, SolverChoice::dense);
    forge(place.path(), text);
    LayerMeasurement found;
    CHECK_FALSE(cache.find_spectra(found, made.from, SolverChoice::dense));
    CHECK(found.unfoldings.empty());
  }
  for (const std::string text : {"{}", R"({"step_rotation": -5})", R"({"step_rotation": 2.5})",
                                 R"({"step_rotation": "0"})"}) {
    CAPTURE(text);
    const test::TemporaryDirectory place;
    MeasurementCache cache(place.path());
    cache.keep_previous(made.measurement, made.from, "previous");
    forge(place.path(), text);
    LayerMeasurement found;
    CHECK_FALSE(cache.find_previous(found, made.from, "previous"));
  }
}
