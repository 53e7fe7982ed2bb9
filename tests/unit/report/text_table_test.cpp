#include "report/text_table.hpp"

#include <limits>

#include <doctest/doctest.h>

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
