#include "gate/writers.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "gate/escape.hpp"
#include "gate/parse_rule.hpp"

using namespace hindcast::gate;

namespace {

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// Layers 0 to 29: the later ones are further below the bound; every third could not be judged.
GateResult many_findings() {
  RuleResult rule{.rule = parse_rule("each(rotation) >= 1")};
  for (int i = 0; i < 30; ++i) {
    Finding finding{.run = "run", .checkpoint = "last", .layer = fmt::format("layer{}", i)};
    finding.condition = ">= 1";
    finding.bound = 1.0;
    if (i % 3 == 0) {
      finding.cause = Cause::not_measured;
      finding.reason = "no value";
    } else {
      finding.value = 1.0 / (2.0 + i);
      finding.verdict = Verdict::fail;
    }
    rule.findings.push_back(finding);
  }
  rule.verdict = Verdict::fail;
  return {.rules = {rule}};
}

}  // namespace

TEST_CASE("writers: GitHub gets the ten worst errors, worst first, and ten warnings") {
  const std::string commands = to_github_commands(many_findings());
  CHECK(occurrences(commands, "::error title=") == 10);
  CHECK(occurrences(commands, "::warning title=") == 10);
  CHECK(commands.starts_with(
      "::error title=hindcast gate%3A each(rotation) >= 1::run 'run', "
      "checkpoint 'last', layer 'layer29': 0.03225806451612903 is not >= 1\n"));
  CHECK(commands.find("layer 'layer28'") < commands.find("layer 'layer26'"));
  CHECK(commands.find("'layer1'") == std::string::npos);
  CHECK(commands.find("%0A10 more like this are not shown\n") != std::string::npos);
}

TEST_CASE("writers: Markdown is cut between rows and says so") {
  const GateResult result = many_findings();
  const std::string whole = to_markdown(result, 1'000'000);
  CHECK(whole.find("left out") == std::string::npos);
  CHECK(occurrences(whole, "\n| ") == 31);
  for (std::size_t most = 1000; most < whole.size() + 300; most += 37) {
    CAPTURE(most);
    const std::string text = to_markdown(result, most);
    CHECK(text.size() <= most);
    CHECK(text.ends_with('\n'));
    const bool is_cut = text.size() != whole.size();
    CHECK((text.find("rows are left out") != std::string::npos) == is_cut);
  }
}

TEST_CASE("writers: escapes are those of each format") {
  CHECK(xml_escaped("a<b>&\"'\n]]>\xEF\xBF\xBF") ==
        "a&lt;b&gt;&amp;&quot;&apos;\\x0a]]&gt;\\xef\\xbf\\xbf");
  CHECK(markdown_code("a|`b`") == "<code>a&#124;&#96;b&#96;</code>");
  CHECK(github_message("50%\r\n::x,y:") == "50%25%0D%0A::x,y:");
  CHECK(github_property("50%\r\n::x,y:") == "50%25%0D%0A%3A%3Ax%2Cy%3A");
}

TEST_CASE("writers: OpenMetrics has six digits, and labels that no reader takes apart") {
  RuleResult rule{.rule = parse_rule("each(rotation) >= 0 and <= 1"), .verdict = Verdict::pass};
  for (const std::string_view name : {"a\"b\\c#d\n", "x \x1B", "x \\x1b"}) {
    for (const double bound : {-0.0, 123456789.0}) {
      Finding finding{.run = "r", .checkpoint = "c", .layer = std::string(name)};
      finding.condition = bound == 0.0 ? ">= 0" : "<= 1";
      finding.value = 0.5;
      finding.bound = bound;
      finding.verdict = Verdict::pass;
      rule.findings.push_back(finding);
    }
  }
  const std::string text = to_openmetrics({.rules = {rule}});
  const std::string labels = R"({rule="each(rotation) >= 0 and <= 1",run="r",layer=)";
  CHECK(occurrences(text, "\nhindcast_gate_value{") == 3);
  CHECK(text.find("hindcast_gate_value" + labels + R"("a\"b\\c\\x23d\\x0a"} 0.500000)") !=
        std::string::npos);
  CHECK(text.find("hindcast_gate_value" + labels + R"("x \\x1b"} 0.500000)") != std::string::npos);
  CHECK(text.find("hindcast_gate_value" + labels + R"("x \\x1b",copy="2"} 0.500000)") !=
        std::string::npos);
  CHECK(occurrences(text, "} 0.00000\n") == 3);
  CHECK(occurrences(text, "} 1.23457e+08\n") == 3);
  CHECK(text.ends_with("\n# EOF\n"));
}

TEST_CASE("writers: a result with an error has no values") {
  const std::string text = to_openmetrics({.error = "a \"b\""});
  CHECK(text.find("hindcast_gate_passed 0\n") != std::string::npos);
  CHECK(text.find(R"(hindcast_gate_error{message="a \"b\""} 1)") != std::string::npos);
  CHECK(text.find("hindcast_gate_rules") == std::string::npos);
  CHECK(text.ends_with("# EOF\n"));
}

TEST_CASE("writers: Markdown keeps within its bytes also with noise to tell of") {
  GateResult result = many_findings();
  result.calibration = Calibration{.asked = {},
                                   .baselines = 5,
                                   .comparisons = 30,
                                   .with_fewer = 3,
                                   .without_noise = 4,
                                   .false_alarms = 0.05,
                                   .most_of_one = 0.001,
                                   .power = 0.2};
  result.not_read.assign(100, NotRead{.run = "run", .path = "x.h5", .reason = "is cut short"});
  for (std::size_t most = 1000; most < 4000; most += 37) {
    CAPTURE(most);
    CHECK(to_markdown(result, most).size() <= most);
  }
  CHECK(to_markdown(result, 100'000).find("noise: 30 comparisons with 5 baselines") !=
        std::string::npos);
}
