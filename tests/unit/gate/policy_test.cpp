#include "gate/policy.hpp"

#include <array>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "hindcast/base/error.hpp"

using hindcast::Error;
using hindcast::gate::read_policy;
using hindcast::gate::Rule;

namespace {

std::string complaint_about(std::string_view text) {
  try {
    static_cast<void>(read_policy(text));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

struct Form {
  std::string_view members;
  std::string_view expression;
};

constexpr std::array kForms = {
    Form{R"("metric": "rotation", "threshold": 0.3, "comparison": ">")", "each(rotation) > 0.3"},
    Form{R"("metric": "rotation", "threshold": 0.3, "greater_is_better": true)",
         "each(rotation) >= 0.3"},
    Form{R"("metric": "condition_number", "aggregate": "max", "threshold": 100,
            "greater_is_better": false)",
         "max(condition_number) <= 100"},
    Form{R"("metric": "knowledge_gain", "aggregate": "mean", "min_relative_change": -0.05,
            "min_absolute_change": 0.01, "greater_is_better": true)",
         "mean(knowledge_gain) >= baseline + 0.01 and >= baseline - 0.05 * |baseline|"},
    Form{R"("metric": "knowledge_gain", "aggregate": "mean", "min_relative_change": 0.05,
            "greater_is_better": false)",
         "mean(knowledge_gain) <= baseline - 0.05 * |baseline|"},
    Form{R"("metric": "stable_rank@input", "aggregate": "quantile", "quantile": 0.25,
            "layers": ["a*", "b*"], "kind": "conv", "runs": "seed*", "nulls": "ignore",
            "checkpoints": {"steps": [100, null]}, "threshold": 2, "comparison": ">=")",
         "quantile(stable_rank@input, 0.25, layers=[\"a*\", \"b*\"], kind=conv, runs=\"seed*\", "
         "steps=100.., nulls=ignore) >= 2"},
    Form{R"("metric": "summary.rotation.mean", "threshold": 0.3, "comparison": ">=",
            "checkpoints": "every")",
         "value(summary.rotation.mean, checkpoints=every) >= 0.3"},
    Form{R"("metric": "rotation", "aggregate": "mean", "trend": 4, "threshold": 0,
            "comparison": ">=")",
         "mean(rotation, trend=4) >= 0"},
    Form{R"("metric": "rotation", "trend": 2, "trend_by": "largest_step", "threshold": 0,
            "comparison": "<=")",
         "each(rotation, trend=2, trend_by=largest_step) <= 0"},
    Form{R"("name": "it moves", "rule": "min(rotation) > 0")", "min(rotation) > 0"},
};

struct Mistake {
  std::string_view rule;
  std::string_view complaint;  // The rule stands on line 2, from column 1.
};

constexpr std::array kMistakes = {
    Mistake{R"("min(rotatoin) > 0")",
            "line 2, column 6: unknown metric 'rotatoin', did you mean 'rotation'?"},
    Mistake{R"("min(rotation, layers=\"é\u00e9\") foo 0")",
            "line 2, column 36: expected a comparison (>=, <=, >, <, ==), not 'foo'"},
    Mistake{"7", "line 2, column 1: /rules/0: expected an object, not a whole number"},
    Mistake{R"({"threshold": 1})", "line 2, column 1: /rules/0: has no 'metric'"},
    Mistake{R"({"metric": "rotation", "treshold": 1})",
            "line 2, column 24: unknown key 'treshold', did you mean 'threshold'?"},
    Mistake{R"({"metric": "rotation", "threshold": 1, "threshold": 2, "comparison": ">"})",
            "line 2, column 40: 'threshold' stands twice in an object"},
    Mistake{R"({"metric": "rotatoin", "threshold": 1, "comparison": ">"})",
            "line 2, column 12: /rules/0/metric: unknown metric 'rotatoin', did you mean "
            "'rotation'?"},
    Mistake{R"({"metric": "rotation", "aggregate": "meen", "threshold": 1})",
            "line 2, column 37: /rules/0/aggregate: expected one of each, min, max, mean, "
            "weighted_mean, median, quantile, count, not 'meen'"},
    Mistake{R"({"metric": "rotation", "threshold": "1", "comparison": ">"})",
            "line 2, column 37: /rules/0/threshold: expected a number, not a text"},
    Mistake{R"({"metric": "rotation", "threshold": 1})",
            "line 2, column 37: /rules/0/threshold: needs 'comparison' (such as \">=\") or "
            "'greater_is_better'"},
    Mistake{R"({"metric": "rotation", "threshold": 1, "comparison": "=>"})",
            "line 2, column 54: /rules/0/comparison: expected one of >=, <=, >, <, ==, not '=>'"},
    Mistake{R"({"metric": "rotation", "comparison": ">"})",
            "line 2, column 38: /rules/0/comparison: there is no 'threshold' to compare with"},
    Mistake{R"({"metric": "rotation", "min_absolute_change": 0})",
            "line 2, column 47: /rules/0/min_absolute_change: needs 'greater_is_better'"},
    Mistake{
        R"({"metric": "rotation", "threshold": 1, "comparison": "<=", "greater_is_better": true})",
        "line 2, column 54: /rules/0/comparison: '<=' contradicts 'greater_is_better': true"},
    Mistake{
        R"({"metric": "rotation", "threshold": 1, "comparison": ">", "greater_is_better": false})",
        "line 2, column 54: /rules/0/comparison: '>' contradicts 'greater_is_better': false"},
    Mistake{
        R"({"metric": "rotation", "threshold": 1, "comparison": ">", "greater_is_better": "no"})",
        "line 2, column 80: /rules/0/greater_is_better: expected true or false, not a text"},
    Mistake{R"({"metric": "rotation", "greater_is_better": 1})",
            "line 2, column 45: /rules/0/greater_is_better: expected true or false, not a whole "
            "number"},
    Mistake{R"({"metric": "rotation"})",
            "line 2, column 1: /rules/0: has no condition; give 'threshold', "
            "'min_absolute_change' or 'min_relative_change'"},
    Mistake{R"({"metric": "rotation", "quantile": 0.5, "threshold": 1, "comparison": ">"})",
            "line 2, column 36: /rules/0/quantile: the aggregate 'quantile' and the key "
            "'quantile' need each other"},
    Mistake{R"({"metric": "rotation", "aggregate": "quantile", "quantile": 2})",
            "line 2, column 61: /rules/0/quantile: must be between 0 and 1, not 2"},
    Mistake{R"({"metric": "rotation", "layers": [], "threshold": 1, "comparison": ">"})",
            "line 2, column 34: /rules/0/layers: is empty; leave it out to select everything"},
    Mistake{R"({"metric": "rotation", "kind": ["conv", "cow"]})",
            "line 2, column 41: /rules/0/kind/1: unknown kind of layer 'cow', expected one of "
            "conv, linear, embedding, recurrent, other"},
    Mistake{R"({"metric": "rotation", "checkpoints": {"steps": [1]}})",
            "line 2, column 49: /rules/0/checkpoints/steps: expected two whole numbers, first and "
            "last; one of them may be null"},
    Mistake{R"({"metric": "rotation", "checkpoints": {"step": [1, 2]}})",
            "line 2, column 40: unknown key 'step', did you mean 'steps'?"},
    Mistake{R"({"metric": "rotation", "checkpoints": "first"})",
            "line 2, column 39: /rules/0/checkpoints: expected one of last, every, not 'first'"},
    Mistake{R"({"metric": "rotation", "trend": 1, "threshold": 1, "comparison": ">"})",
            "line 2, column 33: /rules/0/trend: a trend is over at least 2 checkpoints, not 1"},
    Mistake{R"({"metric": "rotation", "trend": 2.5, "threshold": 1, "comparison": ">"})",
            "line 2, column 33: /rules/0/trend: expected a whole number, not a number"},
    Mistake{R"({"metric": "rotation", "trend_by": "slope", "threshold": 1, "comparison": ">"})",
            "line 2, column 36: /rules/0/trend_by: needs a 'trend', such as 5"},
    Mistake{R"({"metric": "rotation", "trend": 2, "trend_by": "up"})",
            "line 2, column 48: /rules/0/trend_by: expected one of slope, change, smallest_step, "
            "largest_step, not 'up'"},
    Mistake{R"({"rule": "rotation > 0", "threshold": 1})",
            "line 2, column 26: 'threshold' cannot stand beside 'rule'"},
    Mistake{R"({"metric": "rotation_spread", "kind": "conv", "threshold": 1, "comparison": ">"})",
            "line 2, column 1: /rules/0: summary.rotation_spread is one number for all layers of a "
            "checkpoint; it cannot select layers"},
};

}  // namespace

TEST_CASE("policy: an object says what its short form says") {
  for (const Form& form : kForms) {
    CAPTURE(form.members);
    const std::vector<Rule> rules =
        read_policy(fmt::format(R"({{"rules": [{{{}}}]}})", form.members));
    REQUIRE(rules.size() == 1);
    CHECK(expression(rules[0]) == form.expression);
  }
}

TEST_CASE("policy: comments are passed over, rules keep their order and names") {
  const std::vector<Rule> rules = read_policy(R"(// What must hold.
{ /* one */ "schema": "hindcast.policy/1",
  "rules": ["rotation > 0", // two
            {"name": "b", "rule": "rotation < 2"}] })");
  REQUIRE(rules.size() == 2);
  CHECK(expression(rules[0]) == "each(rotation) > 0");
  CHECK(rules[1].title == "b");
}

TEST_CASE("policy: a mistake is told with line and column") {
  for (const Mistake& mistake : kMistakes) {
    CAPTURE(mistake.rule);
    CHECK(complaint_about(fmt::format("{{\"rules\": [\n{}]}}", mistake.rule)) == mistake.complaint);
  }
}

TEST_CASE("policy: a byte order mark is passed over and not counted") {
  CHECK(read_policy("\xEF\xBB\xBF{\"rules\": [\"rotation > 0\"]}").size() == 1);
  CHECK(complaint_about("\xEF\xBB\xBF{\"rules\": [7]}").starts_with("line 1, column 12: "));
}

TEST_CASE("policy: a file that is no policy is refused") {
  CHECK(complaint_about("{\"rules\": [\n]}") ==
        "line 1, column 11: /rules: is empty: a policy that asks for nothing would always pass");
  CHECK(complaint_about("{}") == "line 1, column 1: has no 'rules'");
  CHECK(complaint_about("{\"rule\": []}") ==
        "line 1, column 2: unknown key 'rule', did you mean 'rules'?");
  CHECK(complaint_about("{\n \"schema\": \"hindcast.policy/2\"}") ==
        "line 2, column 12: /schema: expected 'hindcast.policy/1', not 'hindcast.policy/2'");
  CHECK(complaint_about("{\"rules\": [\n \"rotation > 0\",\n]}")
            .starts_with("line 3, column 1: not well-formed JSON: "));
}
