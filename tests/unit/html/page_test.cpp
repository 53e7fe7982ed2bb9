#include "html/page.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "html/packed.hpp"
#include "html/page_data.hpp"

using namespace hindcast;
using html::to_html;

namespace {

report::LayerReport layer(const std::string& name, double rotation) {
  report::LayerReport layer;
  layer.name = name;
  layer.kind = "linear";
  layer.shape = {4, 3};
  layer.measured.rotation = rotation;
  return layer;
}

report::Report report_of(const std::vector<std::vector<report::LayerReport>>& checkpoints) {
  report::Report report;
  report::RunReport& run = report.runs.emplace_back();
  run.name = "run";
  for (const auto& layers : checkpoints) {
    report::CheckpointReport& checkpoint = run.checkpoints.emplace_back();
    checkpoint.name = "checkpoint " + std::to_string(run.checkpoints.size());
    checkpoint.layers = layers;
  }
  return report;
}

nlohmann::json data_of(const report::Report& report) {
  return nlohmann::json::parse(html::page_data(report, {}, html::Digits::six));
}

// What stands between two texts, the first time they do.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t at = text.find(begin) + begin.size();
  return text.substr(at, text.find(end, at) - at);
}

}  // namespace

TEST_CASE("page: each layer has a row of numbers, with nothing where it is not") {
  const auto data = data_of(report_of(
      {{layer("old", 0.25), layer("kept", 0.5)}, {layer("kept", 1.0 / 3.0), layer("new", 1.5)}}));
  const auto& run = data["runs"][0];
  REQUIRE(run["layers"].size() == 3);
  CHECK(run["layers"][0]["name"] == "kept");
  CHECK(run["layers"][1]["name"] == "new");
  CHECK(run["layers"][2]["name"] == "old");
  CHECK(run["layers"][0]["shape"] == "4×3");
  CHECK(run["layers"][2]["is_last"] == false);
  CHECK(run["values"]["rotation"][0] == nlohmann::json{0.5, 0.333333});
  CHECK(run["values"]["rotation"][1] == nlohmann::json{nullptr, 1.5});
  CHECK(run["values"]["rotation"][2] == nlohmann::json{0.25, nullptr});
}

TEST_CASE("page: numbers have all their digits, or six") {
  const report::Report report = report_of({{layer("one", 1.0 / 3.0)}});
  const auto all = nlohmann::json::parse(html::page_data(report, {}, html::Digits::all));
  CHECK(all["runs"][0]["values"]["rotation"][0][0].get<double>() == 1.0 / 3.0);
  CHECK(all["digits"] == "all");
  CHECK(data_of(report)["runs"][0]["values"]["rotation"][0][0].get<double>() == 0.333333);
  CHECK(data_of(report)["digits"] == "six");
}

TEST_CASE("page: steps have all their digits in any case") {
  report::Report report = report_of({{layer("one", 0.5)}});
  report.runs[0].checkpoints[0].step = 123'456'789;
  CHECK(data_of(report)["runs"][0]["places"][0] == 123'456'789);
}

TEST_CASE("page: numbers that no chart can show are left out") {
  const auto data = data_of(report_of({{layer("one", 1e300)}, {layer("one", 1e-300)}}));
  CHECK(data["runs"][0]["values"]["rotation"][0] == nlohmann::json{nullptr, 0.0});
}

TEST_CASE("page: only metrics that were asked for have a chart") {
  report::Report report = report_of({{layer("one", 0.5)}});
  CHECK(data_of(report)["metrics"].size() > 10);
  report.options.metrics = {"rotation"};
  const auto data = data_of(report);
  REQUIRE(data["metrics"].size() == 1);
  CHECK(data["metrics"][0]["key"] == "rotation");
}

TEST_CASE("page: names cannot end the element that they stand in") {
  report::Report report =
      report_of({{layer("</script><script>alert(1)</script><!-- & \xE2\x80\xA8", 0.5)}});
  report.runs[0].name = "</title><script>alert(2)</script>";
  const std::string page = to_html(report, {});
  CHECK(page.find("<script>alert") == std::string::npos);
  CHECK(page.find("</script><script>alert") == std::string::npos);
  CHECK(page.find("&lt;/title&gt;&lt;script&gt;alert(2)") != std::string::npos);
  const std::string data =
      between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
  CHECK(data.find('<') == std::string::npos);
  CHECK(data.find('&') == std::string::npos);
  CHECK(data.find("\xE2\x80\xA8") == std::string::npos);
  const auto parsed = nlohmann::json::parse(data);
  CHECK(parsed["runs"][0]["layers"][0]["name"].get<std::string>().starts_with(
      "</script><script>alert(1)</script><!-- & "));
}

TEST_CASE("page: what is put into the page is not looked through again") {
  const std::string page = to_html(report_of({{layer("{{policy}}", 0.5)}}), {});
  CHECK(page.find("\"name\": \"{{policy}}\"") != std::string::npos);
}

TEST_CASE("page: its policy has no address and no unsafe word") {
  const std::string page = to_html(report_of({{layer("one", 0.5)}}), {});
  const std::string policy =
      between(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\">");
  CHECK(policy.starts_with("default-src 'none'; script-src 'sha256-"));
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("http") == std::string::npos);
  CHECK(policy.find('*') == std::string::npos);
}

TEST_CASE("page: the same report gives the same bytes") {
  const report::Report report = report_of({{layer("one", 0.5)}, {layer("one", 0.6)}});
  CHECK(to_html(report, {}) == to_html(report, {}));
}

TEST_CASE("page: a large report is packed, and a browser's inflate gives it back") {
  report::Report report;
  for (int i = 0; i < 4000; ++i) {
    report.runs.emplace_back().name = "run " + std::to_string(i);
  }
  const std::string page = to_html(report, {});
  const std::string data = html::page_data(report, {}, html::Digits::all);
  REQUIRE(data.size() > 200'000);
  CHECK(page.find(" data-encoding=\"deflate-base64\">" + html::packed(data) + "</script>") !=
        std::string::npos);
  CHECK(page.size() < data.size());
}
