#include "report/exact_json.hpp"

#include "base/text.hpp"

namespace hindcast::report {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    out += kDigits[number >> 4U];
    out += kDigits[number & 15U];
  }
  return out;
}

std::string bytes_of(const JsonValue& value) {
  const std::string& text = value.text();
  if (text.size() % 2 != 0 || text.find_first_not_of(kDigits) != std::string::npos) {
    value.fail("expected pairs of hexadecimal digits");
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    out += static_cast<char>(kDigits.find(text[i]) * 16 + kDigits.find(text[i + 1]));
  }
  return out;
}

void write_text(JsonWriter& json, std::string_view text) {
  if (valid_utf8(text) == text) {
    json.value(text);
    return;
  }
  json.begin_object();
  json.member("hex", hex(text));
  json.end_object();
}

std::string text_of(const JsonValue& value) {
  return value.is_object() ? bytes_of(value.at("hex")) : value.text();
}

}  // namespace

void write_exact(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key);
  write_text(json, text);
}

void write_exact(JsonWriter& json, std::string_view key, const std::optional<std::string>& text) {
  json.key(key);
  if (text) {
    write_text(json, *text);
  } else {
    json.null();
  }
}

void write_exact(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : texts) {
    write_text(json, text);
  }
  json.end_array();
}

std::string exact_text(const JsonValue& object, std::string_view key) {
  return text_of(object.at(key));
}

std::optional<std::string> exact_maybe_text(const JsonValue& object, std::string_view key) {
  const JsonValue value = object.at(key);
  return value.is_null() ? std::nullopt : std::optional(text_of(value));
}

std::vector<std::string> exact_texts(const JsonValue& object, std::string_view key) {
  std::vector<std::string> out;
  for (const JsonValue& item : object.at(key).items()) {
    out.push_back(text_of(item));
  }
  return out;
}

}  // namespace hindcast::report
