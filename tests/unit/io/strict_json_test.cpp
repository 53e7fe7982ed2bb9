// JSON of files that are not trusted.

#include "io/container/strict_json.hpp"

#include <string>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

namespace hindcast::io {
namespace {

nlohmann::ordered_json parsed(const std::string& text, const Limits& limits = {}) {
  return parse_strict_json(std::as_bytes(std::span(text)), limits);
}

std::string refusal(const std::string& text, const Limits& limits = {}) {
  try {
    static_cast<void>(parsed(text, limits));
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}

TEST_CASE("strict json: values are those of the text, in its order") {
  const std::string text =
      R"({"z":[1,-2,2.5,true,null,"\u00e9",{},[]],"a":{"b":{"c":18446744073709551615}},"":""})";
  CHECK(parsed(text) == nlohmann::ordered_json::parse(text));
  CHECK(parsed(text).dump() == nlohmann::ordered_json::parse(text).dump());
  CHECK(parsed(" 7 ") == 7);
  CHECK(parsed("7").is_number_unsigned());
  CHECK_FALSE(parsed("-7").is_number_unsigned());
}

TEST_CASE("strict json: a key twice is refused, in whichever object") {
  CHECK(refusal(R"({"a":1,"b":2,"a":3})") == "JSON names 'a' twice");
  CHECK(refusal(R"([{"x":{"\u0061":1,"a":3}}])") == "JSON names 'a' twice");
  CHECK(refusal(R"([{"a":1},{"a":{"a":1}}])") == "not refused");
}

TEST_CASE("strict json: what is not JSON is refused with its place") {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\"}", "[1] 2", "nul", "\"\xff\"", "NaN"}) {
    CAPTURE(text);
    CHECK(refusal(text).starts_with("JSON is not well-formed at byte "));
  }
  CHECK(refusal("[1e999]") == "JSON has a number beyond the range of doubles");
}

TEST_CASE("strict json: depth and memory are bounded") {
  CHECK(refusal("[[[]]]", {.depth = 3}) == "not refused");
  CHECK(refusal("[[{}]]", {.depth = 2}) ==
        "JSON is nested deeper than 2 levels, the limit; raise it with --max-depth");
  std::string zeros = "[0";
  for (int i = 0; i < 1000; ++i) {
    zeros += ",0";
  }
  zeros += "]";
  CHECK(refusal(zeros, {.attribute_bytes = 100'000}) == "not refused");
  CHECK(refusal(zeros, {.attribute_bytes = 10'000}) ==
        "JSON whose values take more than 10000 bytes of memory, the limit; raise it with "
        "--max-metadata-bytes");
}

}  // namespace
}  // namespace hindcast::io
