#include "base/shown_text.hpp"

#include <doctest/doctest.h>

using namespace hindcast;

TEST_CASE("shown_width: wide characters take two columns, marks that combine none") {
  CHECK(shown_width("plain") == 5);
  CHECK(shown_width("größe") == 5);
  CHECK(shown_width("gro\u0308\u00dfe") == 5);
  CHECK(shown_width("漢字") == 4);
  CHECK(shown_width("한국") == 4);
  CHECK(shown_width("ｗｉｄｅ") == 8);
  CHECK(shown_width("▁█") == 2);
  CHECK(shown_width("…") == 1);
  CHECK(shown_width("") == 0);
  CHECK(shown_width("\xff\xfe") == 2);  // No UTF-8: a replacement character for each byte.
}

TEST_CASE("shortened: keeps the begin and the end of what is too long") {
  CHECK(shortened("block1/conv2/kernel", 19, "…") == "block1/conv2/kernel");
  CHECK(shortened("block1/conv2/kernel", 12, "…") == "block…kernel");
  CHECK(shortened("block1/conv2/kernel", 12, "...") == "bloc...ernel");
  CHECK(shortened("abcdef", 2, "…") == "…f");
  CHECK(shortened("", 2, "…").empty());
}

TEST_CASE("shortened: never wider than it may be, whatever the characters") {
  constexpr std::string_view kNames[] = {"漢字の層/畳み込み/重み.weight", "一二三四五六七八九十",
                                         "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301",
                                         "\xff\xff\xff\xff\xff\xff\xff\xff", "plain.weight"};
  for (const std::string_view name : kNames) {
    CAPTURE(name);
    for (std::size_t width = 4; width < 12; ++width) {
      CHECK(shown_width(shortened(name, width, "…")) <= width);
      CHECK(shown_width(shortened(name, width, "...")) <= width);
    }
  }
}

TEST_CASE("shortened: an escape is never cut in two") {
  CHECK(shortened("abc\\x1b\\x07def", 9, "…") == "abc…def");
  CHECK(shortened("\\x1b\\x1b\\x1b\\x1b", 9, "…") == "\\x1b…\\x1b");
  CHECK(shortened("\\u6f22\\u5b57\\u306e", 13, "…") == "\\u6f22…\\u306e");
  CHECK(shortened("\\U0001f600abcdefgh", 12, "...") == "...abcdefgh");
  CHECK(shortened("C:\\xyz\\u12\\end", 10, "…") == "C:\\x…2\\end");  // These are none.
  for (std::size_t width = 4; width < 30; ++width) {
    CHECK(shown_width(shortened("\\x1b[31m\\xe2\\x80\\xae\\u6f22", width, "…")) <= width);
  }
}

TEST_CASE("shortened: a letter keeps its marks") {
  CHECK(shortened("e\u0301a\u0301i\u0301o\u0301u\u0301", 3, "…") == "e\u0301…u\u0301");
}

TEST_CASE("wrapped: breaks at blanks and indents what goes on") {
  CHECK(wrapped("one two three\n", {.width = 8}) == "one two\n  three\n");
  CHECK(wrapped("  one two three\n", {.width = 9}) == "  one two\n    three\n");
  CHECK(wrapped("one two three\n", {.width = 8, .hang = 0}) == "one two\nthree\n");
  CHECK(wrapped("short\n\nshort\n", {.width = 80}) == "short\n\nshort\n");
  CHECK(wrapped("unbreakable", {.width = 4}) == "unbreakable\n");
  CHECK(wrapped("漢字 漢字", {.width = 8}) == "漢字\n  漢字\n");
  CHECK(wrapped("more than 10 %\n", {.width = 12}) == "more than\n  10 %\n");
}

TEST_CASE("ascii_only: what is beyond ASCII is spelt") {
  CHECK(ascii_only("größe") == "gr\\u00f6\\u00dfe");
  CHECK(ascii_only("漢字") == "\\u6f22\\u5b57");
  CHECK(ascii_only("😀") == "\\U0001f600");
  CHECK(ascii_only("\xff\xef\xbf\xbd") == "\\xff\\ufffd");
  CHECK(ascii_only("plain\n") == "plain\n");
}
