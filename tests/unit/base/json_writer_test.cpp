#include "base/json_writer.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace hindcast;

TEST_CASE("json_writer: objects and arrays are indented by two spaces") {
  JsonWriter json;
  json.begin_object();
  json.member("name", "a");
  json.key("layers");
  json.begin_array();
  json.value(1);
  json.begin_object();
  json.member("ok", true);
  json.end_object();
  json.end_array();
  json.end_object();
  CHECK(
      json.take() ==
      "{\n  \"name\": \"a\",\n  \"layers\": [\n    1,\n    {\n      \"ok\": true\n    }\n  ]\n}\n");
}

TEST_CASE("json_writer: inline arrays stay on one line") {
  JsonWriter json;
  json.begin_object();
  json.key("shape");
  json.begin_inline_array();
  json.value(3);
  json.value(0.5);
  json.end_inline_array();
  json.member("n", 2);
  json.end_object();
  CHECK(json.take() == "{\n  \"shape\": [3, 0.5],\n  \"n\": 2\n}\n");
}

TEST_CASE("json_writer: empty containers have nothing between their brackets") {
  JsonWriter json;
  json.begin_array();
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.end_array();
  json.begin_inline_array();
  json.end_inline_array();
  json.end_array();
  CHECK(json.take() == "[\n  {},\n  [],\n  []\n]\n");
}

TEST_CASE("json_writer: numbers that JSON does not have become null") {
  JsonWriter json;
  json.begin_inline_array();
  json.value(std::numeric_limits<double>::quiet_NaN());
  json.value(-std::numeric_limits<double>::infinity());
  json.value(std::optional<double>());
  json.value(std::optional<double>(0.1));
  json.end_inline_array();
  CHECK(json.take() == "[null, null, null, 0.1]\n");
}

TEST_CASE("json_writer: 64-bit integers keep every digit") {
  JsonWriter json;
  json.begin_inline_array();
  json.value(std::numeric_limits<std::uint64_t>::max());
  json.value(std::numeric_limits<std::int64_t>::min());
  json.end_inline_array();
  CHECK(json.take() == "[18446744073709551615, -9223372036854775808]\n");
}

TEST_CASE("json_writer: any bytes of a string parse back as UTF-8") {
  std::string all;
  for (int c = 1; c < 256; ++c) {
    all += static_cast<char>(c);
  }
  JsonWriter json;
  json.value(std::string_view(all));
  const auto parsed = nlohmann::json::parse(json.take()).get<std::string>();
  CHECK(parsed.substr(0, 0x7F) == all.substr(0, 0x7F));
  CHECK(parsed.substr(0x7F, 3) == "\xEF\xBF\xBD");
}

TEST_CASE("json_writer: keys are escaped like values") {
  JsonWriter json;
  json.begin_object();
  json.member("a\"\\\n\x01", 1);
  json.end_object();
  CHECK(json.take() == "{\n  \"a\\\"\\\\\\n\\u0001\": 1\n}\n");
}

TEST_CASE("json_writer: in parts it writes what it writes at once") {
  const auto write = [](JsonWriter& json) {
    json.begin_array();
    for (int i = 0; i < 50'000; ++i) {
      json.value(i);
    }
    json.end_array();
  };
  JsonWriter at_once;
  write(at_once);
  std::string text;
  std::size_t parts = 0;
  JsonWriter in_parts([&](std::string_view part) {
    text += part;
    ++parts;
  });
  write(in_parts);
  in_parts.finish();
  CHECK(text == at_once.take());
  CHECK(parts > 5);
}

TEST_CASE("json_writer: an object on a line of its own") {
  JsonWriter json;
  json.begin_inline_object();
  json.member("name", "a\nb");
  json.member("value", 0.5);
  json.key("missing");
  json.null();
  json.end_inline_object();
  CHECK(json.take() == "{\"name\": \"a\\nb\", \"value\": 0.5, \"missing\": null}\n");
}
