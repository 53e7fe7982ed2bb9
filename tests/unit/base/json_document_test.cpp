#include "base/json_document.hpp"

#include <random>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"

using hindcast::Error;
using hindcast::JsonComments;
using hindcast::JsonDocument;
using hindcast::JsonValue;

namespace {

std::string complaint_about(std::string_view text, JsonComments comments = JsonComments::refused) {
  try {
    const JsonDocument document(text, comments);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// The value as the library would have it, to compare the trees.
nlohmann::json rebuilt(const JsonValue& value) {
  if (value.is_null()) {
    return nullptr;
  }
  if (value.is_text()) {
    return value.text();
  }
  if (value.is_number()) {
    return value.number();
  }
  if (value.is_array()) {
    auto array = nlohmann::json::array();
    for (const JsonValue& item : value.items()) {
      array.push_back(rebuilt(item));
    }
    return array;
  }
  if (value.is_object()) {
    auto object = nlohmann::json::object();
    for (const std::string& key : value.keys()) {
      object[key] = rebuilt(value.at(key));
    }
    return object;
  }
  return value.boolean();
}

// Every value stands where it says it does: what is there begins as such a value begins.
void check_places(const JsonDocument& document, const JsonValue& value) {
  const std::string_view there = document.text().substr(value.offset());
  if (value.is_array()) {
    CHECK(there.front() == '[');
    for (const JsonValue& item : value.items()) {
      check_places(document, item);
    }
  } else if (value.is_object()) {
    CHECK(there.front() == '{');
    for (const std::string& key : value.keys()) {
      check_places(document, value.at(key));
    }
  } else if (value.is_text()) {
    CHECK(there.front() == '"');
  } else if (value.is_number()) {
    CHECK(std::stod(std::string(there)) == value.number());
  } else {
    CHECK((there.starts_with("true") || there.starts_with("false") || there.starts_with("null")));
  }
}

constexpr std::string_view kSample = R"({"a": [1, -2.5e3, "x\"]y", {"é": null}], /* , : [ */
  "b\n": {"c": true, "d": [[], {}]}, // "e": 1
  "f":18446744073709551615})";

}  // namespace

TEST_CASE("json_document: the tree is the library's, and every value knows its place") {
  const JsonDocument document(kSample, JsonComments::allowed);
  CHECK(rebuilt(document.root()) == nlohmann::json::parse(kSample, nullptr, true, true));
  check_places(document, document.root());
}

TEST_CASE("json_document: a wrong type is told with line, column and pointer") {
  const JsonDocument document("{\"é\": 1, \"a/b~\": [true,\n {\"c\": \"x\"}]}");
  const JsonValue wrong = document.root().at("a/b~").items()[1].at("c");
  CHECK_THROWS_WITH_AS(static_cast<void>(wrong.number()),
                       "line 2, column 8: /a~1b~0/1/c: expected a number, not a text", Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(document.root().at("a/b~").boolean()),
                       "line 1, column 18: /a~1b~0: expected true or false, not an array", Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(document.root().at("é").integer(2)),
                       "line 1, column 7: /é: must be at least 2, not 1", Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(document.root().at("d")), "line 1, column 1: has no 'd'",
                       Error);
}

TEST_CASE("json_document: a place inside a text counts escapes as they are written") {
  const JsonDocument document(R"(["\"\u00e9é\ud83d\ude00z"])");
  const JsonValue text = document.root().items()[0];
  REQUIRE(text.text() == "\"éé😀z");
  CHECK_THROWS_WITH_AS(text.fail_inside(text.text().size() - 1, "z"), "line 1, column 24: z",
                       Error);
}

TEST_CASE("json_document: what is not strict JSON is refused with its place") {
  CHECK(complaint_about("") ==
        "line 1, column 1: not well-formed JSON: unexpected end of input; "
        "expected '[', '{', or a literal");
  CHECK(complaint_about("{\n  \"a\": 1,\n}").starts_with("line 3, column 1: not well-formed"));
  CHECK(complaint_about("[1] [").starts_with("line 1, column 5: not well-formed JSON"));
  CHECK(complaint_about("[NaN]").starts_with("line 1, column 2: not well-formed JSON"));
  CHECK(complaint_about("[\"\xff\"]").starts_with("line 1, column 3: not well-formed JSON"));
  CHECK(complaint_about("[1, // one\n2]").starts_with("line 1, column 5: not well-formed JSON"));
  CHECK(complaint_about("[1, // one\n2]", JsonComments::allowed).empty());
  CHECK(complaint_about("{\"a\": 1,\n \"a\": 2}") ==
        "line 2, column 2: 'a' stands twice in an object");
  CHECK(complaint_about("[0,\n1e999]") ==
        "line 2, column 1: this number is beyond the range of a double");
}

TEST_CASE("json_document: nesting is bounded") {
  CHECK(complaint_about(std::string(128, '[') + std::string(128, ']')).empty());
  CHECK(complaint_about(std::string(129, '[') + std::string(129, ']')) ==
        "line 1, column 129: nested deeper than 128 levels");
  CHECK(complaint_about(std::string(1000000, '[')) ==
        "line 1, column 129: nested deeper than 128 levels");
}

TEST_CASE("json_document: damaged text is accepted exactly where the library accepts it") {
  std::mt19937 random(7);
  const std::string_view alphabet = "{}[]\",:/*\\ \n01e-.tfnu\xC3\xA9";
  for (int round = 0; round < 4000; ++round) {
    std::string text(kSample);
    for (int change = 0; change < 3; ++change) {
      const std::size_t at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      if (random() % 2 == 0) {
        text[at] = c;
      } else {
        text.erase(at, 1);
      }
    }
    CAPTURE(text);
    const std::string complaint = complaint_about(text, JsonComments::allowed);
    const auto library = nlohmann::json::parse(text, nullptr, false, true);
    if (complaint.find("stands twice") == std::string::npos) {
      CHECK(complaint.empty() == !library.is_discarded());
    }
    if (complaint.empty()) {
      const JsonDocument document(text, JsonComments::allowed);
      CHECK(rebuilt(document.root()) == library);
      check_places(document, document.root());
    }
  }
}

TEST_CASE("json_document: a bound on the number of values") {
  constexpr std::string_view kText = R"({"a": [1, 2], "b": "x"})";  // Five with the whole.
  const JsonDocument enough(kText, JsonComments::refused, {.values = 5});
  CHECK(enough.root().at("b").text() == "x");
  CHECK_THROWS_WITH_AS(
      JsonDocument(kText, JsonComments::refused, {.values = 4, .raise_with = "; more"}),
      "line 1, column 20: more than 4 values, the limit; more", Error);
}
