#include "html/verdict_data.hpp"

#include "base/text.hpp"

namespace hindcast::html {
namespace {

void write_name(JsonWriter& json, std::string_view key, std::string_view name) {
  json.member(key, printable(name));
}

void write_finding(JsonWriter& json, const JudgedCondition& finding) {
  json.begin_object();
  json.member("verdict", finding.verdict);
  write_name(json, "run", finding.run);
  write_name(json, "checkpoint", finding.checkpoint);
  write_name(json, "layer", finding.layer);
  write_name(json, "condition", finding.condition);
  json.member("value", finding.value);
  json.member("bound", finding.bound);
  json.member("reason", printable_line(finding.reason));
  json.end_object();
}

// Of a rule that failed for thousands of layers the first say what is wrong.
constexpr std::size_t kMostFindings = 50;

void write_rule(JsonWriter& json, const JudgedRule& rule) {
  json.begin_object();
  write_name(json, "name", rule.name);
  json.member("rule", printable_line(rule.rule));
  json.member("verdict", rule.verdict);
  json.member("conditions", rule.findings.size());
  json.key("findings");
  json.begin_array();
  std::size_t written = 0;
  for (const JudgedCondition& finding : rule.findings) {
    if (finding.verdict == rule.verdict && written < kMostFindings) {
      write_finding(json, finding);
      ++written;
    }
  }
  json.end_array();
  json.end_object();
}

}  // namespace

void write_verdict(JsonWriter& json, const std::optional<Verdict>& verdict) {
  json.key("gate");
  if (!verdict) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("verdict", verdict->verdict);
  json.member("error", printable_line(verdict->error));
  json.key("rules");
  json.begin_array();
  for (const JudgedRule& rule : verdict->rules) {
    write_rule(json, rule);
  }
  json.end_array();
  json.end_object();
}

}  // namespace hindcast::html
