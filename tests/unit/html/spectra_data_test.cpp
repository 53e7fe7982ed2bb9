#include "html/spectra_data.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "html/page_data.hpp"

using namespace hindcast;
using html::shown_checkpoints;
using html::shown_places;

namespace {

// One layer with these singular values of a matrix with so many.
report::LayerReport layer(const std::string& name, std::vector<double> values, std::int64_t size) {
  report::LayerReport out;
  out.name = name;
  metrics::UnfoldingMeasurement& side = out.measured.unfoldings.emplace_back();
  side.rows = size;
  side.cols = size;
  side.computed_values = std::ssize(values);
  side.exact.value = spectral::LowRank{.rank = 1, .threshold = 0.5};
  side.singular_values = {.values = std::move(values)};
  return out;
}

report::Report report_of(std::vector<std::vector<report::LayerReport>> checkpoints) {
  report::Report report;
  report::RunReport& run = report.runs.emplace_back();
  for (auto& layers : checkpoints) {
    run.checkpoints.emplace_back().layers = std::move(layers);
  }
  return report;
}

nlohmann::json spectra_of(const report::Report& report) {
  return nlohmann::json::parse(
      html::page_data(report, {}, html::Digits::all))["runs"][0]["spectra"];
}

}  // namespace

TEST_CASE("spectra: without singular values there are none") {
  report::LayerReport plain = layer("a", {1.0}, 1);
  plain.measured.unfoldings[0].singular_values.reset();
  CHECK(spectra_of(report_of({{plain}})).is_null());
  CHECK(spectra_of(report_of({})).is_null());
}

TEST_CASE("spectra: few values are all there, with null where they are not known") {
  report::LayerReport gap = layer("a", {4.0, 3.0, 0.1}, 6);
  gap.measured.unfoldings[0].computed_values = 4;  // The last one is below resolution.
  gap.measured.unfoldings[0].singular_values->trailing = 2;
  const auto spectra = spectra_of(report_of({{layer("a", {6, 5, 4, 3, 2, 1}, 6)}, {gap}, {}}));
  CHECK(spectra["moments"] == nlohmann::json{0, 1, 2});
  const auto& side = spectra["layers"][0]["output"];
  CHECK(side["size"] == 6);
  CHECK(side["places"] == nlohmann::json{1, 2, 3, 4, 5, 6});
  CHECK(side["values"][0] == nlohmann::json{6, 5, 4, 3, 2, 1});
  CHECK(side["values"][1] == nlohmann::json{4, 3, nullptr, nullptr, 0.1, nullptr});
  CHECK(side["values"][2].is_null());
  CHECK(side["facts"][1] == nlohmann::json{1, 0.5, nullptr, nullptr, 4, 3});
}

TEST_CASE("spectra: a layer that was reshaped has those of its last shape") {
  const auto spectra = spectra_of(report_of({{layer("a", {3, 2, 1}, 3)}, {layer("a", {2, 1}, 2)}}));
  CHECK(spectra["layers"][0]["output"]["values"] == nlohmann::json{nullptr, {2, 1}});
}

TEST_CASE("spectra: a matrix that claims to be of any size takes no more room than others") {
  const auto spectra = spectra_of(report_of({{layer("a", {2.0, 1.0}, INT64_MAX)}, {}, {}}));
  const auto& side = spectra["layers"][0]["output"];
  CHECK(side["places"].size() <= 96);
  CHECK(side["values"][0][0] == 2.0);
}

TEST_CASE("spectra: places are as even on a logarithmic axis as whole numbers can be") {
  CHECK(shown_places(5, 5) == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  CHECK(shown_places(1, 96) == std::vector<std::int64_t>{1});
  CHECK(shown_places(100, 3) == std::vector<std::int64_t>{1, 10, 100});
  for (const std::int64_t size : {std::int64_t{97}, std::int64_t{512}, INT64_MAX}) {
    const std::vector<std::int64_t> places = shown_places(size, 96);
    CHECK(places.front() == 1);
    CHECK(places.back() == size);
    CHECK(places.size() > 50);
    CHECK(std::ranges::adjacent_find(places, std::greater_equal()) == places.end());
  }
}

TEST_CASE("spectra: checkpoints are spread evenly, with the first and the last") {
  CHECK(shown_checkpoints(3, 9) == std::vector<std::size_t>{0, 1, 2});
  CHECK(shown_checkpoints(11, 3) == std::vector<std::size_t>{0, 5, 10});
  CHECK(shown_checkpoints(300, 2) == std::vector<std::size_t>{0, 299});
  CHECK(shown_checkpoints(1, 2) == std::vector<std::size_t>{0});
  CHECK(shown_checkpoints(0, 2).empty());
}

TEST_CASE("spectra: of much, first points are left out and then checkpoints") {
  const auto shown = [](std::size_t layers, std::size_t checkpoints, std::size_t size) {
    std::vector<report::LayerReport> all;
    for (std::size_t i = 0; i < layers; ++i) {
      all.push_back(layer(std::to_string(i), std::vector<double>(size, 1.0),
                          static_cast<std::int64_t>(size)));
    }
    return html::spectra_shown(report_of(std::vector(checkpoints, all)));
  };
  CHECK(shown(6, 11, 500).points == 100'000);
  CHECK(shown(6, 11, 500).checkpoints == SIZE_MAX);
  CHECK(shown(20, 12, 1000).points == 96);
  CHECK(shown(20, 12, 1000).checkpoints == 12);
  CHECK(shown(50, 60, 200).points == 96);
  CHECK(shown(50, 60, 200).checkpoints == 41);  // 200 000 / (50 * 96)
  CHECK(shown(200, 300, 200).points == 48);
  CHECK(shown(200, 300, 200).checkpoints == 20);
}
