#include "base/csv_reader.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using namespace hindcast;

namespace {

using Fields = std::vector<std::string>;

// What is wrong with a text, and the code of the error.
struct Complaint {
  ErrorCode code = ErrorCode::usage;
  std::string what;
};

Complaint complaint_about(std::string_view text) {
  try {
    static_cast<void>(read_csv(text));
  } catch (const Error& error) {
    return {.code = error.code(), .what = error.what()};
  }
  return {};
}

}  // namespace

TEST_CASE("csv_reader: quotes, commas and line breaks inside quotes, and empty fields") {
  const CsvTable table = read_csv("a,\"b \"\"c\"\"\",d\n1,\"x,\ny\",\n,,\"\"\n");
  CHECK(table.header == Fields{"a", "b \"c\"", "d"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].fields == Fields{"1", "x,\ny", ""});
  CHECK(table.rows[0].line == 2);
  CHECK(table.rows[1].fields == Fields{"", "", ""});
  CHECK(table.rows[1].line == 4);
}

TEST_CASE("csv_reader: line ends, a byte order mark and blank lines make no difference") {
  for (const std::string_view text : {"a,b\n1,2\n", "a,b\n1,2", "a,b\r\n1,2\r\n",
                                      "\xEF\xBB\xBF"
                                      "a,b\n1,2\n",
                                      "\n\r\na,b\n\n1,2\n\n"}) {
    CAPTURE(text);
    const CsvTable table = read_csv(text);
    CHECK(table.header == Fields{"a", "b"});
    REQUIRE(table.rows.size() == 1);
    CHECK(table.rows[0].fields == Fields{"1", "2"});
  }
}

TEST_CASE("csv_reader: what RFC 4180 does not allow is refused with its line") {
  struct Case {
    std::string text;
    std::string what;
  };
  const std::vector<Case> cases = {
      {"", "is empty: expected a line with the names of the columns"},
      {"\n\n", "is empty: expected a line with the names of the columns"},
      {"a,b\n1\n", "line 2: 1 fields, but the header has 2"},
      {"a,b\n1,2\n1,2,3\n", "line 3: 3 fields, but the header has 2"},
      {"a,b\n\"1,2\n3,4\n", "line 2: a quote is opened and never closed"},
      {"a,b\n\"1\"2,3\n", "line 2: expected ',' or the end of the line after a quoted field"},
      {"a,b\n1\"2\",3\n", "line 2: a quote inside a field that does not begin with one"},
      {"a,b\r1,2\r", "line 1: a carriage return without a line feed"},
      {"a,a\n1,2\n", "line 1: two columns are named 'a'"},
      {",\n1,2\n", "line 1: two columns are named ''"},
      {"a\n\xFF\n", "line 2: is not text in UTF-8"},
      {std::string("a\n\0\n", 4), "line 2: is not text in UTF-8"},
      {"a\x1b,a\x1b\n", "line 1: two columns are named 'a\\x1b'"}};
  for (const Case& one : cases) {
    CAPTURE(one.text);
    const Complaint complaint = complaint_about(one.text);
    CHECK(complaint.code == ErrorCode::malformed);
    CHECK(complaint.what == one.what);
  }
}

TEST_CASE("csv_reader: a separator that no eye sees is named") {
  CHECK_THROWS_WITH_AS((void)read_csv("a\tb\n\"1\"2\t3\n", '\t'),
                       "line 2: expected a tab or the end of the line after a quoted field", Error);
}

TEST_CASE("csv_reader: a table cannot ask for more than a table has") {
  const Complaint wide = complaint_about(std::string(4096, ','));
  CHECK(wide.code == ErrorCode::limit_exceeded);
  CHECK(wide.what == "line 1: more than 4096 fields");
  std::string text = "a";
  for (int column = 1; column < 4000; ++column) {
    text += ",a" + std::to_string(column);
  }
  for (int row = 0; row < 1001; ++row) {
    text += "\n" + std::string(3999, ',');
  }
  const Complaint large = complaint_about(text);
  CHECK(large.code == ErrorCode::limit_exceeded);
  CHECK(large.what == "line 1002: more than 4000000 fields in all");
}
