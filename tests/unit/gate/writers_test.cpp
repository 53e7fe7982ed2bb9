#include "hindcast/gate/writers.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "hindcast/gate/parse_rule.hpp"

#include "gate/escape.hpp"

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
