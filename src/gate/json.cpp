// The verdicts as JSON. Field names are a contract: they are only ever added.

#include "hindcast/base/json_writer.hpp"
#include "hindcast/gate/writers.hpp"
#include "hindcast/version.hpp"

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
