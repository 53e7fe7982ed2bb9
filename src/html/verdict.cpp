#include "html/verdict.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/json_document.hpp"
#include "base/text.hpp"

namespace hindcast::html {
namespace {

constexpr std::string_view kSchema = "hindcast.gate/1";

// A text, or empty where the gate has nothing to say.
std::string text_or_nothing(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> member = object.find(key);
  return member && !member->is_null() ? member->text() : std::string();
}

std::optional<double> number_or_nothing(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> member = object.find(key);
  return member && !member->is_null() ? std::optional(member->number()) : std::nullopt;
}

std::string verdict_in(const JsonValue& object) {
  const JsonValue verdict = object.at("verdict");
  for (const std::string_view known : {"pass", "fail", "could_not_judge"}) {
    if (verdict.text() == known) {
      return verdict.text();
    }
  }
  verdict.fail(fmt::format("expected 'pass', 'fail' or 'could_not_judge', not '{}'",
                           printable(verdict.text())));
}

JudgedCondition read_finding(const JsonValue& value) {
  return {.verdict = verdict_in(value),
          .run = text_or_nothing(value, "run"),
          .checkpoint = text_or_nothing(value, "checkpoint"),
          .layer = text_or_nothing(value, "layer"),
          .condition = text_or_nothing(value, "condition"),
          .value = number_or_nothing(value, "value"),
          .bound = number_or_nothing(value, "bound"),
          .reason = text_or_nothing(value, "reason")};
}

JudgedRule read_rule(const JsonValue& value) {
  JudgedRule rule{.name = text_or_nothing(value, "name"),
                  .rule = value.at("rule").text(),
                  .verdict = verdict_in(value)};
  for (const JsonValue& finding : value.at("findings").items()) {
    rule.findings.push_back(read_finding(finding));
  }
  return rule;
}

void check_schema(const JsonValue& root) {
  const JsonValue schema = root.at("schema");
  if (schema.text() == kSchema) {
    return;
  }
  const std::string found = printable(schema.text());
  if (found.starts_with("hindcast.gate/")) {
    throw Error(
        ErrorCode::unsupported,
        fmt::format("are verdicts of version '{}'; this program reads '{}'", found, kSchema));
  }
  schema.fail(
      fmt::format("is not what gate --json writes: expected '{}', not '{}'", kSchema, found));
}

}  // namespace

Verdict read_verdict(std::string_view json) {
  const JsonDocument document(json);
  const JsonValue root = document.root();
  check_schema(root);
  Verdict verdict{.verdict = verdict_in(root), .error = text_or_nothing(root, "error")};
  for (const JsonValue& rule : root.at("rules").items()) {
    verdict.rules.push_back(read_rule(rule));
  }
  return verdict;
}

}  // namespace hindcast::html
