#include "compare/short_names.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "report/text_table.hpp"

using namespace hindcast;
using compare::short_names;
using compare::without_middle;

TEST_CASE("short names: a long text loses its middle, and no character is cut in two") {
  CHECK(without_middle("fc1.weight", 10) == "fc1.weight");
  CHECK(without_middle("fc12.weight", 10) == "fc1...ight");
  const std::string umlauts = "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4";
  CHECK(without_middle(umlauts, 10) == umlauts);
  CHECK(without_middle(umlauts, 9) == "\u00e4\u00f6\u00fc...\u00f6\u00fc\u00e4");
  for (std::size_t most = 5; most < 12; ++most) {
    CHECK(report::shown_width(without_middle(umlauts, most)) == std::min<std::size_t>(most, 10));
  }
}

TEST_CASE("short names: they are as long as it takes to tell them apart, within a line") {
  const std::string one = "encoder.layers.1.self_attention.projection.weight";
  const std::string two = "encoder.layers.2.self_attention.projection.weight";
  CHECK(short_names({{.a = one, .b = one}}) ==
        std::vector<std::string>{"encoder.la...tion.weight"});
  const std::vector<std::string> both = short_names({{.a = one, .b = one}, {.a = two, .b = two}});
  CHECK(both[0] == "encoder.layers.1...projection.weight");
  CHECK(both[0] != both[1]);
  const std::string endless(3000, 'x');
  const std::string other = endless + "y" + endless;
  for (const std::string& name :
       short_names({{.a = endless, .b = endless}, {.a = other, .b = endless}})) {
    CHECK(name.size() <= 100);
  }
}
