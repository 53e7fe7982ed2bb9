#include "report/text_table.hpp"

#include <limits>

#include <doctest/doctest.h>
#include <fmt/format.h>

using hindcast::report::shown_width;
using hindcast::report::sparkline;
using hindcast::report::TextTable;

TEST_CASE("text_table: columns are aligned by what a terminal shows") {
  TextTable table({{"name", TextTable::Align::left}, {"n", TextTable::Align::right}});
  table.row({"é", "1"});
  table.row({"plain", "100"});
  CHECK(table.text() == "name     n\né        1\nplain  100\n");
}

TEST_CASE("text_table: no line ends in blanks") {
  TextTable table({{"a", TextTable::Align::left}, {"long title", TextTable::Align::left}});
  table.row({"x", ""});
  CHECK(table.text() == "a  long title\nx\n");
}

TEST_CASE("text_table: wide characters and combining marks keep the columns aligned") {
  TextTable table({{.title = "name"}, {.title = "n", .align = TextTable::Align::right}});
  table.row({"漢字", "1"});
  table.row({"e\u0301e\u0301", "2"});
  table.row({"plain", "3"});
  CHECK(table.text() == "name   n\n漢字   1\ne\u0301e\u0301     2\nplain  3\n");
}

namespace {

TextTable layers() {
  TextTable table({{.title = "layer", .least = 8},
                   {.title = "shape", .drop = 2},
                   {.title = "condition", .brief = "cond.", .drop = 1},
                   {.title = "gain"}});
  table.row({"block1/conv2/kernel", "3x3x8x16", "12.5", "0.25"});
  return table;
}

std::string at(std::size_t width) {
  return layers().text({.width = width});
}

}  // namespace

TEST_CASE("text_table: gives way in steps: titles, names, columns") {
  CHECK(at(0) ==
        "layer                shape     condition  gain\n"
        "block1/conv2/kernel  3x3x8x16  12.5       0.25\n");
  CHECK(at(46) == at(0));
  CHECK(at(45) ==
        "layer                shape     cond.  gain\n"
        "block1/conv2/kernel  3x3x8x16  12.5   0.25\n");
  CHECK(at(36) == "layer          shape     cond.  gain\nblock1…kernel  3x3x8x16  12.5   0.25\n");
  CHECK(at(30) == "layer              cond.  gain\nblock1/c…2/kernel  12.5   0.25\n");
  CHECK(at(16) == "layer       gain\nbloc…ernel  0.25\n");
  CHECK(at(1) == "layer     gain\nblo…rnel  0.25\n");
}

TEST_CASE("text_table: names are not shortened until two are one, as far as there is room") {
  TextTable table(
      {{.title = "layer", .least = 20}, {.title = "shape", .drop = 1}, {.title = "gain"}});
  for (const char* const block : {"0", "1", "11"}) {
    table.row(
        {fmt::format("encoder.layer.{}.attention.self.query.weight", block), "768x768", "0.1"});
  }
  CHECK(table.text({.width = 52}) ==
        "layer                                  shape    gain\n"
        "encoder.layer.0.at….self.query.weight  768x768  0.1\n"
        "encoder.layer.1.at….self.query.weight  768x768  0.1\n"
        "encoder.layer.11.a….self.query.weight  768x768  0.1\n");
}

TEST_CASE("text_table: says which columns it left out") {
  CHECK(layers().left_out({.width = 36}).empty());
  CHECK(layers().left_out({.width = 30}) == std::vector<std::string>{"shape"});
  CHECK(layers().left_out({.width = 16}) == std::vector<std::string>{"shape", "condition"});
}

TEST_CASE("text_table: colours stand around the text alone") {
  TextTable table({{.title = "a"}, {.title = "b"}});
  table.row({"long", "x"});
  table.row({"no", "y"});
  table.tint(0, hindcast::report::Tone::caution);
  table.tint(1, hindcast::report::Tone::plain);
  CHECK(table.text() == "a     b\nlong  x\nno    y\n");
  CHECK(table.text({.colour = true}) == "a     b\nlong  x\n\x1b[33mno\x1b[0m    y\n");
}

TEST_CASE("sparkline: plain characters where there are no others") {
  CHECK(sparkline({0.0, 0.5, 1.0}, 24, true) == ".+@");
}

TEST_CASE("sparkline: from the lowest bar for 0 to the highest for the largest") {
  CHECK(sparkline({0.0, 0.5, 1.0}, 24) == "▁▅█");
  CHECK(sparkline({0.0, 0.0}, 24) == "▁▁");
  CHECK(sparkline({std::numeric_limits<double>::quiet_NaN(), 2.0}, 24) == " █");
  CHECK(sparkline({}, 24).empty());
}

TEST_CASE("sparkline: a long series keeps its first and last value") {
  std::vector<double> values(1000, 0.5);
  values.front() = 0.0;
  values.back() = 1.0;
  const std::string bars = sparkline(values, 10);
  CHECK(shown_width(bars) == 10);
  CHECK(bars.substr(0, 3) == "▁");
  CHECK(bars.substr(bars.size() - 3) == "█");
}
