// A policy file: {"rules": ["min(rotation) >= 0.3", {"metric": ..., "threshold": ...}, ...]}.
//
// threshold, min_absolute_change, min_relative_change and greater_is_better mean what they mean to
// MLflow's model validation, but that a change may be negative: it is then how much worse than the
// baseline a value may be.

#include "gate/policy.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/json_document.hpp"
#include "base/text.hpp"
#include "gate/check_rule.hpp"
#include "gate/metric_names.hpp"
#include "gate/parse_rule.hpp"

namespace hindcast::gate {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::string_view kSchema = "hindcast.policy/1";
constexpr std::array<std::string_view, 4> kPolicyKeys = {"$schema", "schema", "description",
                                                         "rules"};
constexpr std::array<std::string_view, 16> kRuleKeys = {"name",
                                                        "rule",
                                                        "metric",
                                                        "aggregate",
                                                        "quantile",
                                                        "layers",
                                                        "kind",
                                                        "runs",
                                                        "checkpoints",
                                                        "nulls",
                                                        "trend",
                                                        "trend_by",
                                                        "threshold",
                                                        "comparison",
                                                        "min_absolute_change",
                                                        "min_relative_change"};
constexpr std::string_view kDirection = "greater_is_better";
constexpr std::array kComparisons = {Comparison::at_least, Comparison::at_most, Comparison::above,
                                     Comparison::below, Comparison::equal};
constexpr std::array kAggregates = {
    Aggregate::each,          Aggregate::min,    Aggregate::max,      Aggregate::mean,
    Aggregate::weighted_mean, Aggregate::median, Aggregate::quantile, Aggregate::count};

void refuse_unknown_keys(const JsonValue& object, Keys known) {
  for (const std::string& key : object.keys()) {
    if (std::ranges::find(known, key) == known.end()) {
      const std::string_view near = nearest(key, known);
      object.fail_at_key(
          key, fmt::format("unknown key '{}'{}", printable(key),
                           near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
    }
  }
}

std::vector<std::string_view> rule_keys() {
  std::vector<std::string_view> keys(kRuleKeys.begin(), kRuleKeys.end());
  keys.push_back(kDirection);
  return keys;
}

// A word out of a list; the names of `choices` are what may be written.
template <typename Choice, typename NameOf>
Choice choice_of(const JsonValue& value, std::span<const Choice> choices, const NameOf& name_of) {
  std::vector<std::string> names;
  for (const Choice one : choices) {
    if (value.text() == name_of(one)) {
      return one;
    }
    names.emplace_back(name_of(one));
  }
  value.fail(
      fmt::format("expected one of {}, not '{}'", join(names, ", "), printable(value.text())));
}

// One text or several.
std::vector<std::string> texts_of(const JsonValue& value) {
  if (value.is_text()) {
    return {value.text()};
  }
  std::vector<std::string> texts;
  for (const JsonValue& item : value.items()) {
    texts.push_back(item.text());
  }
  if (texts.empty()) {
    value.fail("is empty; leave it out to select everything");
  }
  return texts;
}

std::vector<std::string> kinds_of(const JsonValue& value) {
  std::vector<std::string> kinds = texts_of(value);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (!is_layer_kind(kinds[i])) {
      (value.is_text() ? value : value.items()[i]).fail(unknown_kind(kinds[i]));
    }
  }
  return kinds;
}

std::optional<std::int64_t> end_of_range(const JsonValue& value) {
  return value.is_null() ? std::nullopt : std::optional(value.integer());
}

// "last", "every", {"steps": [100, 500]} or {"epochs": [3, null]}.
CheckpointChoice checkpoints_of(const JsonValue& value) {
  using Kind = CheckpointChoice::Kind;
  if (value.is_text()) {
    constexpr std::array kKinds = {Kind::last, Kind::every};
    const Kind kind = choice_of<Kind>(
        value, kKinds, [](Kind one) { return one == Kind::last ? "last" : "every"; });
    return {.kind = kind, .first = {}, .last = {}};
  }
  constexpr std::array<std::string_view, 2> kUnits = {"steps", "epochs"};
  refuse_unknown_keys(value, kUnits);
  if (value.keys().size() != 1) {
    value.fail("expected either 'steps' or 'epochs'");
  }
  const JsonValue range = value.at(value.keys().front());
  const std::vector<JsonValue> ends = range.items();
  if (ends.size() != 2 || (ends[0].is_null() && ends[1].is_null())) {
    range.fail("expected two whole numbers, first and last; one of them may be null");
  }
  return {.kind = value.keys().front() == "steps" ? Kind::steps : Kind::epochs,
          .first = end_of_range(ends[0]),
          .last = end_of_range(ends[1])};
}

bool ignores_nulls(const JsonValue& value) {
  constexpr std::array kBoth = {true, false};
  return choice_of<bool>(value, kBoth, [](bool one) { return one ? "ignore" : "forbid"; });
}

// Reads an object's conditions.
class Conditions {
 public:
  explicit Conditions(const JsonValue& rule) : rule_(rule) {}

  std::vector<Condition> read() {
    const std::optional<JsonValue> comparison = rule_.find("comparison");
    const std::optional<JsonValue> direction = rule_.find(kDirection);
    if (comparison && direction) {
      refuse_contradiction(*comparison, *direction);
    } else if (direction) {
      static_cast<void>(direction->boolean());  // Also where nothing asks for it.
    }
    threshold(comparison, direction);
    change("min_absolute_change", &Bound::constant, direction);
    change("min_relative_change", &Bound::of_magnitude, direction);
    if (conditions_.empty()) {
      rule_.fail(
          "has no condition; give 'threshold', 'min_absolute_change' or "
          "'min_relative_change'");
    }
    return conditions_;
  }

 private:
  static void refuse_contradiction(const JsonValue& comparison, const JsonValue& direction) {
    const bool greater = direction.boolean();
    const auto is = [&](Comparison one, Comparison other) {
      return comparison.is_text() &&
             (comparison.text() == sign(one) || comparison.text() == sign(other));
    };
    if (greater ? is(Comparison::at_most, Comparison::below)
                : is(Comparison::at_least, Comparison::above)) {
      comparison.fail(
          fmt::format("'{}' contradicts 'greater_is_better': {}", comparison.text(), greater));
    }
  }

  void threshold(const std::optional<JsonValue>& comparison,
                 const std::optional<JsonValue>& direction) {
    const std::optional<JsonValue> value = rule_.find("threshold");
    if (!value) {
      if (comparison) {
        comparison->fail("there is no 'threshold' to compare with");
      }
      return;
    }
    if (!comparison && !direction) {
      value->fail("needs 'comparison' (such as \">=\") or 'greater_is_better'");
    }
    Condition condition;
    condition.comparison = comparison ? choice_of<Comparison>(*comparison, kComparisons, sign)
                           : direction->boolean() ? Comparison::at_least
                                                  : Comparison::at_most;
    condition.bound.constant = value->number();
    conditions_.push_back(condition);
  }

  void change(std::string_view key, double Bound::*part,
              const std::optional<JsonValue>& direction) {
    const std::optional<JsonValue> value = rule_.find(key);
    if (!value) {
      return;
    }
    if (!direction) {
      value->fail("needs 'greater_is_better'");
    }
    const bool greater = direction->boolean();
    Condition condition{.comparison = greater ? Comparison::at_least : Comparison::at_most,
                        .bound = {.of_baseline = 1.0, .uses_baseline = true}};
    condition.bound.*part = greater ? value->number() : -value->number();
    conditions_.push_back(condition);
  }

  const JsonValue& rule_;
  std::vector<Condition> conditions_;
};

Aggregate aggregate_of(const JsonValue& rule, const MetricName& metric) {
  if (const std::optional<JsonValue> value = rule.find("aggregate")) {
    return choice_of<Aggregate>(*value, kAggregates, [](Aggregate one) { return name(one); });
  }
  return metric.of_summary ? Aggregate::summary : Aggregate::each;
}

MetricName metric_of(const JsonValue& rule) {
  const JsonValue value = rule.at("metric");
  const std::string& text = value.text();
  try {
    return parse_metric(text, rule.find("aggregate").has_value());
  } catch (const Error& error) {
    value.fail(error.what());
  }
}

void read_share(Rule& rule, const JsonValue& object) {
  const std::optional<JsonValue> share = object.find("quantile");
  if (share.has_value() != (rule.aggregate == Aggregate::quantile)) {
    (share ? *share : object.at("aggregate"))
        .fail("the aggregate 'quantile' and the key 'quantile' need each other");
  }
  if (share) {
    rule.share = share->number();
    if (rule.share < 0.0 || rule.share > 1.0) {
      share->fail(fmt::format("must be between 0 and 1, not {}", shortest(rule.share)));
    }
  }
}

void read_trend(Rule& rule, const JsonValue& object) {
  const std::optional<JsonValue> length = object.find("trend");
  const std::optional<JsonValue> by = object.find("trend_by");
  if (!length) {
    if (by) {
      by->fail("needs a 'trend', such as 5");
    }
    return;
  }
  rule.trend = Trend{.checkpoints = length->integer(), .by = Trend::By::slope};
  if (rule.trend->checkpoints < kLeastTrend) {
    length->fail(too_short_a_trend(rule.trend->checkpoints));
  }
  if (by) {
    rule.trend->by = choice_of<Trend::By>(*by, kTrends, [](Trend::By one) { return name(one); });
  }
}

void read_selection(Rule& rule, const JsonValue& object) {
  if (const auto layers = object.find("layers")) {
    rule.selection.layers = texts_of(*layers);
  }
  if (const auto kinds = object.find("kind")) {
    rule.selection.kinds = kinds_of(*kinds);
  }
  if (const auto runs = object.find("runs")) {
    rule.selection.runs = texts_of(*runs);
  }
  if (const auto checkpoints = object.find("checkpoints")) {
    rule.selection.checkpoints = checkpoints_of(*checkpoints);
  }
  if (const auto nulls = object.find("nulls")) {
    rule.ignore_nulls = ignores_nulls(*nulls);
  }
}

Rule read_expression(const JsonValue& value) {
  try {
    return parse_rule(value.text());
  } catch (const RuleError& error) {
    value.fail_inside(error.offset(), error.what());
  }
}

Rule read_object(const JsonValue& object) {
  refuse_unknown_keys(object, rule_keys());
  Rule rule;
  if (const auto expression = object.find("rule")) {
    for (const std::string& key : object.keys()) {
      if (key != "rule" && key != "name") {
        object.fail_at_key(key, fmt::format("'{}' cannot stand beside 'rule'", key));
      }
    }
    rule = read_expression(*expression);
  } else {
    rule.metric = metric_of(object);
    rule.aggregate = aggregate_of(object, rule.metric);
    read_share(rule, object);
    read_selection(rule, object);
    read_trend(rule, object);
    rule.conditions = Conditions(object).read();
  }
  if (const auto title = object.find("name")) {
    rule.title = title->text();
  }
  if (const std::string wrong = contradiction_in(rule); !wrong.empty()) {
    object.fail(wrong);
  }
  return rule;
}

}  // namespace

std::vector<Rule> read_policy(std::string_view text) {
  const JsonDocument document(text, JsonComments::allowed);
  const JsonValue root = document.root();
  refuse_unknown_keys(root, kPolicyKeys);
  if (const auto schema = root.find("schema"); schema && schema->text() != kSchema) {
    schema->fail(fmt::format("expected '{}', not '{}'", kSchema, printable(schema->text())));
  }
  const JsonValue list = root.at("rules");
  std::vector<Rule> rules;
  for (const JsonValue& rule : list.items()) {
    rules.push_back(rule.is_text() ? read_expression(rule) : read_object(rule));
  }
  if (rules.empty()) {
    list.fail("is empty: a policy that asks for nothing would always pass");
  }
  return rules;
}

}  // namespace hindcast::gate
