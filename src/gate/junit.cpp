// JUnit XML as CI servers read it; tests/support/junit.xsd is the schema it keeps to.

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "gate/escape.hpp"
#include "gate/evidence.hpp"
#include "gate/writers.hpp"

namespace hindcast::gate {
namespace {

// "epoch_09: fc1.weight >= 0.3", or the rule's own words where it is about several layers.
std::string case_name(const RuleResult& result, const Finding& finding) {
  const std::string subject = finding.layer.empty() ? title_of(result.rule)
                              : finding.condition.empty()
                                  ? finding.layer
                                  : fmt::format("{} {}", finding.layer, finding.condition);
  return finding.checkpoint.empty() ? subject : fmt::format("{}: {}", finding.checkpoint, subject);
}

std::string outcome(const Finding& finding) {
  const std::string_view element = finding.verdict == Verdict::fail ? "failure" : "error";
  const std::string_view type =
      finding.verdict == Verdict::fail ? name(finding.verdict) : name(finding.cause);
  return fmt::format("      <{} type=\"{}\" message=\"{}\">{}</{}>\n", element, type,
                     xml_escaped(evidence_of(finding)), xml_escaped(place_of(finding)), element);
}

std::string test_case(const RuleResult& result, const Finding& finding) {
  const std::string head = fmt::format("    <testcase classname=\"{}\" name=\"{}\"",
                                       xml_escaped(finding.run.empty() ? "report" : finding.run),
                                       xml_escaped(case_name(result, finding)));
  return finding.verdict == Verdict::pass
             ? head + "/>\n"
             : fmt::format("{}>\n{}    </testcase>\n", head, outcome(finding));
}

// The attributes that count findings.
std::string counts(std::span<const RuleResult> results) {
  std::int64_t tests = 0;
  std::int64_t failures = 0;
  std::int64_t errors = 0;
  for (const RuleResult& result : results) {
    for (const Finding& finding : result.findings) {
      ++tests;
      failures += finding.verdict == Verdict::fail ? 1 : 0;
      errors += finding.verdict == Verdict::could_not_judge ? 1 : 0;
    }
  }
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
}

// What no case can say. A server shows suites one at a time, so each has it.
std::string system_out(const GateResult& result) {
  const std::string lines =
      list_not_read(result, SIZE_MAX, [](const std::string& words) { return xml_escaped(words); });
  const std::string text = lines + noise_of(result);
  return text.empty() ? "" : fmt::format("    <system-out>{}</system-out>\n", text);
}

// One case that went wrong: a file without any would count as passed.
std::string error_suite(const std::string& error) {
  const std::string text = xml_escaped(error);
  constexpr std::string_view kCounts = R"(tests="1" failures="0" errors="1")";
  return fmt::format(
      "<testsuites name=\"hindcast gate\" {}>\n  <testsuite name=\"hindcast gate\" {}>\n"
      "    <testcase classname=\"report\" name=\"hindcast gate\">\n"
      "      <error type=\"error\" message=\"{}\">{}</error>\n"
      "    </testcase>\n  </testsuite>\n</testsuites>\n",
      kCounts, kCounts, text, text);
}

}  // namespace

std::string to_junit(const GateResult& result) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  if (!result.error.empty()) {
    return out + error_suite(result.error);
  }
  const std::string not_read = system_out(result);
  out += fmt::format("<testsuites name=\"hindcast gate\" {}>\n", counts(result.rules));
  for (const RuleResult& rule : result.rules) {
    out += fmt::format("  <testsuite name=\"{}\" {}>\n", xml_escaped(title_of(rule.rule)),
                       counts({&rule, 1}));
    for (const Finding& finding : rule.findings) {
      out += test_case(rule, finding);
    }
    out += not_read + "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace hindcast::gate
