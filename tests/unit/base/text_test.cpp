#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast;

TEST_CASE("text: natural order compares runs of digits as numbers") {
  CHECK(natural_less("run-2", "run-10"));
  CHECK_FALSE(natural_less("run-10", "run-2"));
  CHECK(natural_less("a", "ab"));
  CHECK(natural_less("layer1.2.w", "layer1.10.a"));
  CHECK(natural_less("", "a"));
}

TEST_CASE("text: natural order takes numbers of any length") {
  const std::string nines(40, '9');
  CHECK(natural_less("n" + nines, "n1" + nines));
  CHECK_FALSE(natural_less("n1" + nines, "n" + nines));
}

TEST_CASE("text: natural order is strict and total") {
  const std::vector<std::string> names = {"a1",  "a01", "a001", "a1b", "a01b", "a2",
                                          "a10", "a",   "b",    "1",   "01",   "a1b2"};
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      CAPTURE(a);
      CAPTURE(b);
      CHECK(natural_less(a, b) + natural_less(b, a) == (a == b ? 0 : 1));
    }
  }
}

TEST_CASE("text: natural order is transitive") {
  const std::vector<std::string> names = {"a1",  "a01", "a1b", "a01b", "a2",
                                          "a02", "a10", "a",   "a1b2"};
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      for (const std::string& c : names) {
        CAPTURE(a);
        CAPTURE(b);
        CAPTURE(c);
        CHECK_FALSE((natural_less(a, b) && natural_less(b, c) && !natural_less(a, c)));
      }
    }
  }
}

TEST_CASE("text: a glob's star crosses slashes and may match nothing") {
  CHECK(glob_matches("*kernel*", "conv1/kernel:0"));
  CHECK(glob_matches("conv*", "conv"));
  CHECK(glob_matches("a*b*c", "a/x/b/y/bc"));
  CHECK_FALSE(glob_matches("a*b*c", "a/x/b/y/bd"));
  CHECK_FALSE(glob_matches("conv", "conv1"));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK(glob_matches("", ""));
}

TEST_CASE("text: a glob's question mark and set match one character each") {
  CHECK(glob_matches("conv?", "conv1"));
  CHECK_FALSE(glob_matches("conv?", "conv10"));
  CHECK(glob_matches("layer[0-3].w", "layer2.w"));
  CHECK_FALSE(glob_matches("layer[0-3].w", "layer4.w"));
  CHECK(glob_matches("layer[!0-3].w", "layer4.w"));
  CHECK(glob_matches("x[]]y", "x]y"));
  CHECK(glob_matches("x[", "x["));
}

TEST_CASE("text: a glob with many stars does not take exponential time") {
  std::string pattern;
  for (int i = 0; i < 30; ++i) {
    pattern += "a*";
  }
  CHECK_FALSE(glob_matches(pattern + "b", std::string(2000, 'a')));
}

TEST_CASE("text: printable keeps the begin and the end of what nobody would read") {
  const std::string most = std::string(150, 'a') + std::string(150, 'z');
  CHECK(printable(most) == most);
  CHECK(printable(most + "z") == std::string(148, 'a') + "..." + std::string(148, 'z'));
  CHECK(printable(std::string(1'000'000, '\x1b')).size() == (2 * 4 * 148) + 3);
  CHECK(printable_line(most + most) == most + most);
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string characters(shift, 'a');
    for (int i = 0; i < 200; ++i) {
      characters += "\xf0\x9f\x98\x80";
    }
    const std::string shown = printable(characters);
    CHECK(shown.find("\\x") == std::string::npos);
    CHECK(shown.size() > 280);
    CHECK(shown.size() < 300);
  }
}

TEST_CASE("text: printable escapes what steers a terminal and keeps what reads") {
  CHECK(printable("conv1/kernel:0") == "conv1/kernel:0");
  CHECK(printable("größe") == "größe");
  CHECK(printable("a\nb\x1b[31m") == "a\\x0ab\\x1b[31m");
  // In two parts: whole, the override would reverse this line for whoever reads it.
  CHECK(printable(std::string("a\xe2\x80").append("\xae")) == "a\\xe2\\x80\\xae");
  CHECK(printable("\xff") == "\\xff");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(printable("\x7f") == "\\x7f");
}

TEST_CASE("text: printable escapes what is not seen, wherever in Unicode it lies") {
  for (const std::vector<unsigned char>& hidden : std::vector<std::vector<unsigned char>>{
           {0xC2, 0xAD},              // U+00AD
           {0xCD, 0x8F},              // U+034F
           {0xD8, 0x9C},              // U+061C
           {0xE1, 0xA0, 0x8E},        // U+180E
           {0xEF, 0xBF, 0xB9},        // U+FFF9
           {0xEF, 0xBF, 0xBB},        // U+FFFB
           {0xF3, 0xA0, 0x80, 0x80},  // U+E0000
           {0xF3, 0xA0, 0x81, 0xBF},  // U+E007F
       }) {
    CHECK(printable(std::string(hidden.begin(), hidden.end())).starts_with("\\x"));
  }
  for (const std::string shown : {"\xc2\xae", "\xe1\xa0\x8f", "\xef\xbf\xbc", "\xf3\xa0\x82\x80"}) {
    CHECK(printable(shown) == shown);
  }
}

TEST_CASE("text: valid_utf8 replaces overlong forms, surrogates and stray bytes") {
  const std::string replacement = "\xEF\xBF\xBD";
  CHECK(valid_utf8("a\xf0\x9f\x98\x80z") == "a\xf0\x9f\x98\x80z");
  CHECK(valid_utf8("\xc0\xaf") == replacement + replacement);
  CHECK(valid_utf8("\xed\xa0\x80") == replacement + replacement + replacement);
  CHECK(valid_utf8("a\x80") == "a" + replacement);
  CHECK(valid_utf8("\xe2\x82") == replacement + replacement);
  CHECK(valid_utf8("\xf4\x90\x80\x80").find('\xf4') == std::string::npos);
}

TEST_CASE("text: the shortest decimal reads back as the same double") {
  CHECK(shortest(0.1) == "0.1");
  const std::array values = {1.0 / 3.0,
                             1e-310,
                             std::numeric_limits<double>::max(),
                             std::numeric_limits<double>::denorm_min(),
                             -2.5e-7,
                             5e-324};
  for (const double value : values) {
    const std::string text = shortest(value);
    CAPTURE(text);
    double back = 0.0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    CHECK(back == value);
  }
}

TEST_CASE("text: split keeps empty parts and always gives one") {
  CHECK(split("a//b", '/') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", '/') == std::vector<std::string_view>{""});
  CHECK(split("a/", '/') == std::vector<std::string_view>{"a", ""});
}

TEST_CASE("text: join puts the separator between") {
  CHECK(join(std::vector<std::uint64_t>{3, 3, 8}, ", ") == "3, 3, 8");
  CHECK(join(std::vector<std::string>{}, ", ").empty());
}

TEST_CASE("text: lowered changes ASCII letters only") {
  CHECK(lowered("Conv2D_ÄZ") == "conv2d_Äz");
}

TEST_CASE("text: nearest finds a typing error and nothing for a stranger") {
  constexpr std::array<std::string_view, 3> kKnown = {"stable_rank", "rotation", "rank_ratio"};
  CHECK(nearest("stable_rnk", kKnown) == "stable_rank");
  CHECK(nearest("zzzzzzzzzzzz", kKnown).empty());
}
