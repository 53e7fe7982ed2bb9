// The findings as JSON. Field names are a contract: they are only ever added.

#include "hindcast/version.hpp"

#include "base/json_writer.hpp"
#include "lint/writers.hpp"

namespace hindcast::lint {
namespace {

constexpr std::array kSeverities = {Severity::error, Severity::warning, Severity::note};

void write_rotations(JsonWriter& json, const std::optional<Rotations>& rotations) {
  json.key("rotation");
  if (!rotations) {
    json.null();
    return;
  }
  json.begin_inline_array();
  for (const std::optional<double>& rotation : *rotations) {
    json.value(rotation);
  }
  json.end_inline_array();
}

void write_layers(JsonWriter& json, const std::vector<std::string>& layers) {
  json.key("layer");
  if (layers.empty()) {
    json.null();
  } else {
    json.value(layers.front());
  }
  json.key("layers");
  json.begin_array();
  for (const std::string& layer : layers) {
    json.value(layer);
  }
  json.end_array();
}

void write_finding(JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.member("kind", name(finding.kind));
  json.member("severity", name(finding.severity));
  json.member("step", finding.at.step);
  json.member("epoch", finding.at.epoch);
  json.member("checkpoint", finding.at.checkpoint);
  json.member("path", finding.at.path);
  write_layers(json, finding.layers);
  const Moment other = finding.other.value_or(Moment());
  json.key("other_checkpoint");
  if (finding.other) {
    json.value(other.checkpoint);
  } else {
    json.null();
  }
  json.member("other_step", other.step);
  json.member("other_epoch", other.epoch);
  json.member("count", finding.count);
  write_rotations(json, finding.rotations);
  json.member("evidence", finding.evidence);
  json.end_object();
}

void write_run(JsonWriter& json, const RunFindings& run) {
  json.begin_object();
  json.member("name", run.name);
  json.member("checkpoints", run.checkpoints);
  json.member("layers", run.layers);
  json.member("other_tensors", run.other_tensors);
  json.key("findings");
  json.begin_array();
  for (const Finding& finding : run.findings) {
    write_finding(json, finding);
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string to_json(const LintReport& report) {
  JsonWriter json;
  json.begin_object();
  json.member("schema", "hindcast.lint/1");
  json.key("tool");
  json.begin_object();
  json.member("name", "hindcast");
  json.member("version", version());
  json.end_object();
  json.key("counts");
  json.begin_object();
  for (const Severity severity : kSeverities) {
    json.member(name(severity), report.count(severity));
  }
  json.end_object();
  json.key("runs");
  json.begin_array();
  for (const RunFindings& run : report.runs) {
    write_run(json, run);
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace hindcast::lint
