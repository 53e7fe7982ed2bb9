#include "html/verdict.hpp"

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "gate/judge.hpp"
#include "gate/parse_rule.hpp"
#include "gate/writers.hpp"

using namespace hindcast;
using html::read_verdict;

TEST_CASE("verdict: what the gate writes is read back") {
  gate::GateResult result;
  result.rules.push_back({.rule = gate::parse_rule("min(rotation) >= 0.3"),
                          .verdict = gate::Verdict::fail,
                          .findings = {{.run = "run",
                                        .checkpoint = "epoch_09",
                                        .layer = "fc1.weight",
                                        .condition = ">= 0.3",
                                        .value = 0.25,
                                        .bound = 0.3,
                                        .verdict = gate::Verdict::fail}}});
  const html::Verdict verdict = read_verdict(gate::to_json(result));
  CHECK(verdict.verdict == "fail");
  CHECK(verdict.error.empty());
  REQUIRE(verdict.rules.size() == 1);
  const html::JudgedRule& rule = verdict.rules.front();
  CHECK(rule.name.empty());
  CHECK(rule.rule == "min(rotation) >= 0.3");
  CHECK(rule.verdict == "fail");
  REQUIRE(rule.findings.size() == 1);
  CHECK(rule.findings[0].layer == "fc1.weight");
  CHECK(rule.findings[0].condition == ">= 0.3");
  CHECK(rule.findings[0].value == 0.25);
  CHECK(rule.findings[0].bound == 0.3);
  CHECK(rule.findings[0].reason.empty());
}

TEST_CASE("verdict: a gate that could judge nothing says why") {
  gate::GateResult result;
  result.error = "report.json: no such file or directory";
  const html::Verdict verdict = read_verdict(gate::to_json(result));
  CHECK(verdict.verdict == "could_not_judge");
  CHECK(verdict.error == result.error);
  CHECK(verdict.rules.empty());
}

TEST_CASE("verdict: what is no verdict is refused with its place") {
  CHECK_THROWS_WITH_AS(static_cast<void>(read_verdict(R"({"schema": "hindcast.report/1"})")),
                       "line 1, column 12: /schema: is not what gate --json writes: expected "
                       "'hindcast.gate/1', not 'hindcast.report/1'",
                       Error);
  CHECK_THROWS_WITH_AS(
      static_cast<void>(read_verdict(R"({"schema": "hindcast.gate/2"})")),
      "are verdicts of version 'hindcast.gate/2'; this program reads 'hindcast.gate/1'", Error);
  CHECK_THROWS_WITH_AS(
      static_cast<void>(
          read_verdict(R"({"schema": "hindcast.gate/1", "verdict": "maybe", "rules": []})")),
      "line 1, column 42: /verdict: expected 'pass', 'fail' or 'could_not_judge', not 'maybe'",
      Error);
}
