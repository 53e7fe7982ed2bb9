// The verdicts as JSON. Field names are a contract: they are only ever added.

#include "hindcast/version.hpp"

#include "base/json_writer.hpp"
#include "gate/writers.hpp"

namespace hindcast::gate {
namespace {

// Null instead of an empty text.
void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void write_noise(JsonWriter& json, const std::optional<Noise>& noise) {
  json.key("noise");
  if (!noise) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("baselines", noise->baselines);
  json.member("left_out", noise->left_out);
  write_text(json, "why_left_out", noise->why_left_out);
  json.member("standard_deviation", noise->deviation);
  json.member("allowed_deviations", noise->allowed);
  json.member("asked", noise->asked);
  json.end_object();
}

void write_finding(JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.member("verdict", name(finding.verdict));
  write_text(json, "run", finding.run);
  write_text(json, "checkpoint", finding.checkpoint);
  json.member("step", finding.step);
  json.member("epoch", finding.epoch);
  write_text(json, "layer", finding.layer);
  write_text(json, "condition", finding.condition);
  json.member("value", finding.value);
  json.member("baseline", finding.baseline);
  json.member("bound", finding.bound);
  write_noise(json, finding.noise);
  write_text(json, "cause", name(finding.cause));
  write_text(json, "reason", finding.reason);
  json.end_object();
}

void write_rule(JsonWriter& json, const RuleResult& result) {
  json.begin_object();
  write_text(json, "name", result.rule.title);
  json.member("rule", expression(result.rule));
  json.member("verdict", name(result.verdict));
  json.key("findings");
  json.begin_array();
  for (const Finding& finding : result.findings) {
    write_finding(json, finding);
  }
  json.end_array();
  json.end_object();
}

void write_calibration(JsonWriter& json, const std::optional<Calibration>& calibration) {
  json.key("calibration");
  if (!calibration) {
    json.null();
    return;
  }
  const bool by_deviations = calibration->asked.deviations.has_value();
  json.begin_object();
  json.member("baselines", calibration->baselines);
  json.member("asked_false_alarms",
              by_deviations ? std::nullopt : std::optional(calibration->asked.false_alarms));
  json.member("asked_deviations", calibration->asked.deviations);
  json.member("comparisons", calibration->comparisons);
  json.member("with_fewer_baselines", calibration->with_fewer);
  json.member("without_noise", calibration->without_noise);
  const bool is_known = calibration->comparisons > 0;
  const auto chance = [&](double value) { return is_known ? std::optional(value) : std::nullopt; };
  json.member("false_alarms", chance(calibration->false_alarms));
  json.member("false_alarms_of_one", chance(calibration->most_of_one));
  json.member("power_at_3_deviations", calibration->power);
  json.end_object();
}

void write_not_read(JsonWriter& json, const NotRead& not_read) {
  json.begin_object();
  json.member("source", not_read.of_baseline ? "baseline" : "report");
  json.member("run", not_read.run);
  write_text(json, "path", not_read.path);
  json.member("reason", not_read.reason);
  json.end_object();
}

}  // namespace

std::string to_json(const GateResult& result) {
  JsonWriter json;
  json.begin_object();
  json.member("schema", "hindcast.gate/1");
  json.key("tool");
  json.begin_object();
  json.member("name", "hindcast");
  json.member("version", version());
  json.end_object();
  json.member("verdict", name(result.verdict()));
  json.key("rule_counts");
  json.begin_object();
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::could_not_judge}) {
    json.member(name(verdict), result.count(verdict));
  }
  json.end_object();
  write_text(json, "error", result.error);
  write_calibration(json, result.calibration);
  json.key("not_read");
  json.begin_array();
  for (const NotRead& one : result.not_read) {
    write_not_read(json, one);
  }
  json.end_array();
  json.key("rules");
  json.begin_array();
  for (const RuleResult& rule : result.rules) {
    write_rule(json, rule);
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace hindcast::gate
