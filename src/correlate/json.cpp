// The correlations as JSON. Field names are a contract: they are only ever added.

#include "hindcast/version.hpp"

#include "base/json_writer.hpp"
#include "correlate/writers.hpp"

namespace hindcast::correlate {
namespace {

using statistics::kCoefficients;

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : texts) {
    json.value(text);
  }
  json.end_array();
}

// Null instead of an empty text.
void write_text(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void write_options(JsonWriter& json, const Options& options) {
  json.key("options");
  json.begin_object();
  write_text(json, "score", options.score);
  write_texts(json, "metric", options.metrics);
  json.member("coefficient", statistics::name(options.judged));
  json.member("alpha", options.alpha);
  json.member("permutations", options.permutations.draws);
  json.member("seed", options.permutations.seed);
  json.end_object();
}

void write_score(JsonWriter& json, const ChosenScore& score) {
  json.key("score");
  json.begin_object();
  json.member("name", score.name);
  json.member("how", score.given ? "given" : "chosen");
  json.member("greater_is_better", score.greater_is_better);
  write_texts(json, "others", score.others);
  json.end_object();
}

void write_runs(JsonWriter& json, const std::vector<RunUsed>& runs) {
  json.key("runs");
  json.begin_array();
  for (const RunUsed& run : runs) {
    json.begin_object();
    json.member("name", run.name);
    json.member("checkpoints", run.checkpoints);
    json.member("scored", run.scored);
    write_text(json, "end", run.end);
    write_text(json, "same_as", run.same_as);
    json.end_object();
  }
  json.end_array();
}

void write_summary(JsonWriter& json, std::string_view key, const ViewSummary& summary) {
  json.key(key);
  json.begin_object();
  json.member("tried", summary.tried);
  json.member("flagged", summary.flagged);
  json.key("smallest_corrected_p");
  if (summary.tried == 0) {
    json.null();
  } else {
    json.value(summary.smallest_corrected_p);
  }
  json.end_object();
}

void write_coefficient(JsonWriter& json, const CoefficientResult& result) {
  json.begin_object();
  json.member("value", result.value);
  json.key("interval");
  if (result.interval) {
    json.begin_inline_array();
    json.value(result.interval->low);
    json.value(result.interval->high);
    json.end_inline_array();
  } else {
    json.null();
  }
  json.member("p", result.test.p);
  json.member("corrected_p", result.corrected_p);
  json.member("smallest_p", result.test.smallest);
  json.member("arrangements", result.test.arrangements);
  json.member("exact", result.test.exact);
  json.end_object();
}

void write_parts(JsonWriter& json, const ViewResult& view, const std::vector<RunUsed>& runs) {
  json.key("by_run");
  json.begin_array();
  for (const RunPart& part : view.parts) {
    json.begin_object();
    json.member("run", runs[part.run].name);
    json.member("checkpoints", part.checkpoints);
    for (std::size_t c = 0; c < kCoefficients.size(); ++c) {
      json.member(statistics::name(kCoefficients[c]), part.values[c]);
    }
    json.end_object();
  }
  json.end_array();
}

void begin_view(JsonWriter& json, std::string_view key, const ViewResult& view) {
  json.key(key);
  json.begin_object();
  json.member("status", name(view.status));
  json.member("runs", view.runs);
  json.member("checkpoints", view.checkpoints);
  json.member("flagged", view.flagged);
  for (std::size_t c = 0; c < kCoefficients.size(); ++c) {
    json.key(statistics::name(kCoefficients[c]));
    if (view.status == Status::ok) {
      write_coefficient(json, view.coefficients[c]);
    } else {
      json.null();
    }
  }
}

void write_metric(JsonWriter& json, const MetricResult& metric, const CorrelationReport& report) {
  json.begin_object();
  json.member("metric", metric.name);
  json.member("contradiction", name(metric.contradiction));
  begin_view(json, "across_runs", metric.across);
  json.end_object();
  begin_view(json, "within_runs", metric.within);
  write_parts(json, metric.within, report.runs);
  json.end_object();
  json.end_object();
}

}  // namespace

std::string to_json(const CorrelationReport& report) {
  JsonWriter json;
  json.begin_object();
  json.member("schema", "hindcast.correlate/1");
  json.key("tool");
  json.begin_object();
  json.member("name", "hindcast");
  json.member("version", version());
  json.end_object();
  write_options(json, report.options);
  write_score(json, report.score);
  write_runs(json, report.runs);
  write_summary(json, "across_runs", report.across);
  write_summary(json, "within_runs", report.within);
  write_texts(json, "warnings", report.warnings);
  json.key("metrics");
  json.begin_array();
  for (const MetricResult& metric : report.metrics) {
    write_metric(json, metric, report);
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace hindcast::correlate
