#include "hindcast/report/read_report.hpp"

#include <algorithm>
#include <functional>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"
#include "hindcast/report/writers.hpp"

#include "report/layer_values.hpp"
#include "support/test_files.hpp"

using namespace hindcast;
using metrics::Status;

namespace {

// Random reports: every optional field is there or not, every status occurs, names are hostile.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  report::Report report() {
    report::Report out;
    out.options = {.solver = "auto",
                   .include = texts(),
                   .exclude = texts(),
                   .layouts = texts(),
                   .kinds = {},
                   .min_size = count(),
                   .split_fused = coin(),
                   .steps_per_epoch = maybe_count(),
                   .step_from = coin() ? std::optional(text()) : std::nullopt,
                   .one_run = coin(),
                   .spectra = coin()};
    for (std::int64_t i = count() % 3; i >= 0; --i) {
      out.runs.push_back(run());
    }
    return out;
  }

 private:
  bool coin() { return random_() % 2 == 0; }
  std::int64_t count() { return static_cast<std::int64_t>(random_() % 1000); }
  std::optional<std::int64_t> maybe_count() {
    return coin() ? std::optional(count()) : std::nullopt;
  }
  double number() {
    return std::ldexp(static_cast<double>(random_()), static_cast<int>(random_() % 99) - 80);
  }
  std::optional<double> maybe() {
    return random_() % 4 == 0 ? std::nullopt : std::optional(number());
  }

  std::string text() {
    constexpr std::array kTexts = {"conv1.weight", "",         "a\nb", "\"quoted\\\"",
                                   "é/ü~1",        "\x01\x1f", "0"};
    return kTexts[random_() % kTexts.size()];
  }
  std::vector<std::string> texts() {
    return coin() ? std::vector{text(), text()} : std::vector<std::string>{};
  }

  metrics::StatusSet status() {
    metrics::StatusSet set;
    for (std::size_t i = random_() % 3; i > 0; --i) {
      set.add(static_cast<Status>(random_() % 7));
    }
    return set;
  }

  metrics::LowRankMeasurement low_rank(bool with_threshold) {
    metrics::LowRankMeasurement out{.status = status(), .value = {}};
    if (coin()) {
      out.value = spectral::LowRank{.rank = count(),
                                    .rank_ratio = number(),
                                    .knowledge_gain = number(),
                                    .mapping_condition = number(),
                                    .noise_variance = number(),
                                    .threshold = std::nullopt};
      if (with_threshold) {
        out.value->threshold = number();
      }
    }
    return out;
  }

  // Some are left out of its end.
  metrics::SingularValues singular_values(std::int64_t computed) {
    metrics::SingularValues out{.trailing = coin() ? computed / 3 : 0};
    for (std::int64_t i = computed - computed / 4; i > 0; --i) {
      out.values.push_back(number());
    }
    std::ranges::sort(out.values, std::greater());
    return out;
  }

  metrics::UnfoldingMeasurement unfolding(tensor::Unfolding side) {
    const std::int64_t computed = count();
    const bool with_values = coin();
    return {
        .unfolding = side,
        .rows = count(),
        .cols = count(),
        .status = status(),
        .detail = text(),
        .non_finite_values = count() % 2,
        .solver = coin() ? spectral::Solver::dense : spectral::Solver::partial,
        .computed_values = computed,
        .spectral_norm = maybe(),
        .frobenius_norm = maybe(),
        .stable_rank = maybe(),
        .effective_rank = maybe(),
        .smallest_singular_value = maybe(),
        .condition_number = maybe(),
        .exact = low_rank(with_values),
        .reference = low_rank(with_values),
        .singular_values = with_values ? std::optional(singular_values(computed)) : std::nullopt};
  }

  report::LayerReport layer() {
    report::LayerReport out;
    out.name = text();
    out.kind = "conv";
    out.shape = {3, 4, 5};
    out.layout = "OIW";
    out.layout_reason = text();
    out.dtype = "float32";
    out.measured.weights = 60;
    out.measured.status = status();
    out.measured.rotation = maybe();
    out.measured.step_rotation = maybe();
    out.measured.relative_distance = maybe();
    out.measured.distance_from_init_frobenius = maybe();
    out.measured.distance_from_init_spectral = maybe();
    out.measured.unfoldings.push_back(unfolding(tensor::Unfolding::output));
    if (coin()) {
      out.measured.unfoldings.push_back(unfolding(tensor::Unfolding::input));
    }
    return out;
  }

  std::vector<report::LoggedNumber> logged() {
    return coin() ? std::vector<report::LoggedNumber>{{.name = text(), .value = maybe()},
                                                      {.name = "loss", .value = maybe()}}
                  : std::vector<report::LoggedNumber>{};
  }

  report::CheckpointReport checkpoint() {
    report::CheckpointReport out;
    out.name = text();
    out.path = text();
    out.aliases = texts();
    out.format = "hdf5";
    out.step = maybe_count();
    out.epoch = coin() ? std::optional<std::int64_t>(-1) : std::nullopt;
    out.ledger = {.tensors = count(), .analysed = count(), .skipped = {{"bias", count()}}};
    out.problems = count();
    out.scores = logged();
    out.used_rates = logged();
    out.next_used_rates = logged();
    std::vector<const metrics::LayerMeasurement*> layers;
    for (std::size_t i = random_() % 4; i > 0; --i) {
      out.layers.push_back(layer());
    }
    for (const report::LayerReport& one : out.layers) {
      layers.push_back(&one.measured);
    }
    out.summary = metrics::summarise(layers);
    return out;
  }

  report::ScheduleReport schedule() {
    report::ScheduleReport out;
    out.options = {
        .variant = coin() ? schedule::RmsgdVariant::release : schedule::RmsgdVariant::paper,
        .init_lr = number(),
        .beta = 0.5,
        .step_size = maybe_count(),
        .gamma = number(),
        .linear = coin()};
    out.evbmf = coin() ? report::GainSource::reference : report::GainSource::exact;
    out.order_evidence = "creation";
    out.parameters = {text(), text()};
    out.tracked = {coin(), coin()};
    out.epochs = {{.after = text(), .rates = {number(), number()}}};
    if (coin()) {
      out.epochs.front().used = {maybe(), maybe()};
    }
    out.missing_epochs = {-1, count()};
    out.notes = texts();
    out.both_gains = coin();
    if (out.both_gains && coin()) {
      out.sensitive = {
          {.after = text(), .parameter = text(), .reference = number(), .exact = number()}};
    }
    return out;
  }

  report::RunReport run() {
    report::RunReport out;
    out.name = text();
    out.initial = {.checkpoint = coin() ? std::optional(text()) : std::nullopt,
                   .how = "given",
                   .reason = text()};
    out.order = {.by = "epoch", .reason = text()};
    for (std::size_t i = random_() % 4; i > 0; --i) {
      out.checkpoints.push_back(checkpoint());
    }
    out.changes = {{.checkpoint = text(), .layer = text(), .change = "appeared"}};
    out.unread = {{.path = text(), .reason = text()}};
    out.warnings = texts();
    if (coin()) {
      out.scores = report::ScoresReport{.source = "keras",
                                        .file = text(),
                                        .matched_by = "epoch",
                                        .reason = text(),
                                        .rows = count(),
                                        .matched = count()};
    }
    if (coin()) {
      out.model_order = report::ModelOrder{.parameters = {{.name = text(),
                                                           .shape = {3, 4, 5},
                                                           .kernel_axes = {5},
                                                           .skipped = text(),
                                                           .split = coin()}},
                                           .evidence = "creation"};
    }
    if (coin()) {
      out.schedule = schedule();
    } else {
      out.no_schedule = text();
    }
    return out;
  }

  std::mt19937 random_;
};

// A report with one run, checkpoint and layer, these fields added to the layer.
std::string small_report(std::string_view layer_fields) {
  return fmt::format(R"({{"schema": "hindcast.report/1", "runs": [{{"name": "run", "checkpoints": [
  {{"name": "last", "layers": [{{"name": "a", "shape": [2, 3]{}}}]}}]}}]}})",
                     layer_fields);
}

std::string complaint_about(std::string_view text) {
  try {
    static_cast<void>(report::read_report(text));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("read_report: what is read is written as it was") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const std::string json = report::to_json(Maker(seed).report());
    CHECK(report::to_json(report::read_report(json)) == json);
  }
}

TEST_CASE("read_report: the sample run's report is written as it was") {
  io::SeriesRequest request;
  request.paths = {test::sample_file("digits_cnn")};
  analysis::AnalysisOptions options;
  options.schedule.rmsgd = schedule::RmsgdOptions{.init_lr = 0.05};
  report::Report made;
  for (const io::CheckpointSeries& series : io::discover(request, options.limits)) {
    made.runs.push_back(analysis::analyse(series, options, [](const auto& /*progress*/) {}));
  }
  const std::string json = report::to_json(made);
  CHECK(json.find("\"rates\"") != std::string::npos);
  CHECK(report::to_json(report::read_report(json)) == json);
}

TEST_CASE("read_report: more fields are passed over, older reports may have fewer") {
  const report::Report report = report::read_report(small_report(R"(, "new": [{"x": 1}])"));
  const report::LayerReport& layer = report.runs.at(0).checkpoints.at(0).layers.at(0);
  CHECK(layer.measured.weights == 6);
  CHECK(layer.measured.unfoldings.empty());
  CHECK_FALSE(report::value(layer, *report::find_layer_value("rotation")).has_value());
}

TEST_CASE("read_report: a layer's own number stands, whatever its unfoldings say") {
  const auto gain = [](std::string_view fields) {
    const report::Report report = report::read_report(small_report(fields));
    return report::value(report.runs.at(0).checkpoints.at(0).layers.at(0),
                         *report::find_layer_value("stable_rank"));
  };
  constexpr std::string_view kUnfolding = R"(, "unfoldings": {"output": {"stable_rank": 2}})";
  CHECK(gain(kUnfolding) == 2.0);
  CHECK(gain(std::string(kUnfolding) + R"(, "stable_rank": 3)") == 3.0);
  CHECK_FALSE(gain(std::string(kUnfolding) + R"(, "stable_rank": null)").has_value());
}

TEST_CASE("read_report: what is no report is refused with its place") {
  CHECK(complaint_about("{") ==
        "line 1, column 2: not well-formed JSON: unexpected end of input; "
        "expected string literal");
  CHECK(complaint_about("[]") == "line 1, column 1: expected an object, not an array");
  CHECK(complaint_about("{}") == "line 1, column 1: has no 'schema'");
  CHECK(complaint_about(R"({"schema": "hindcast.inspect/1"})") ==
        "line 1, column 12: /schema: is not a report: expected 'hindcast.report/1', not "
        "'hindcast.inspect/1'");
  CHECK(complaint_about(R"({"schema": "hindcast.report/2"})") ==
        "is a report of version 'hindcast.report/2'; this program reads 'hindcast.report/1'");
  CHECK(complaint_about(R"({"schema": "hindcast.report/1", "runs": {}})") ==
        "line 1, column 41: /runs: expected an array, not an object");
  CHECK(complaint_about(small_report(R"(, "rotation": "0.5")")) ==
        "line 2, column 74: /runs/0/checkpoints/0/layers/0/rotation: expected a number, not a "
        "text");
  CHECK(complaint_about(small_report(R"(, "status": "fine")"))
            .ends_with("/layers/0/status: unknown status 'fine'"));
  CHECK(complaint_about(small_report(R"(, "unfoldings": {"output": {"rows": -1}})"))
            .ends_with("/unfoldings/output/rows: must be at least 0, not -1"));
  CHECK(complaint_about(small_report(R"(, "unfoldings": {"output": {"rows": 1.5}})"))
            .ends_with("/unfoldings/output/rows: expected a whole number, not a number"));
}

TEST_CASE("read_report: singular values that cannot be are refused") {
  const auto complaint = [](std::string_view fields) {
    return complaint_about(small_report(
        fmt::format(R"(, "unfoldings": {{"output": {{"computed_values": 3, {}}}}})", fields)));
  };
  CHECK(complaint(R"("singular_values": [3, 2, null], "trailing_values": 1)").empty());
  CHECK(complaint(R"("singular_values": [null, null, null])").empty());
  CHECK(complaint(R"("singular_values": [3, 2])")
            .ends_with("/singular_values: expected as many as 'computed_values' says, 3"));
  CHECK(complaint(R"("singular_values": [3, 4, 1])")
            .ends_with("/singular_values/1: expected singular values, the largest first"));
  CHECK(complaint(R"("singular_values": [3, 2, -1])")
            .ends_with("/singular_values/2: expected singular values, the largest first"));
  CHECK(complaint(R"("singular_values": [3, null, 1])")
            .ends_with("/singular_values/2: expected null, as before it"));
  CHECK(complaint(R"("singular_values": [3, 2, 1], "trailing_values": 4)")
            .ends_with("/trailing_values: expected at most 3"));
}

TEST_CASE("read_report: a shape whose product overflows is refused") {
  std::string text = small_report("");
  text.replace(text.find("[2, 3]"), 6, "[4294967296, 4294967296]");
  CHECK(complaint_about(text).find("/layers/0/shape: ") != std::string::npos);
}
