#include "base/json_writer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast {
namespace {

// What is handed on at a time: enough that the handing on costs nothing.
constexpr std::size_t kPartBytes = std::size_t{1} << 16U;

// Nearly every key and name is.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

std::string escaped(std::string_view text) {
  std::string out = "\"";
  if (is_plain(text)) {
    out += text;
    return out += '"';
  }
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

}  // namespace

void JsonWriter::begin_object() {
  open('{');
}

void JsonWriter::end_object() {
  close('}');
}

void JsonWriter::begin_array() {
  open('[');
}

void JsonWriter::end_array() {
  close(']');
}

void JsonWriter::begin_inline_array() {
  open('[');
  inline_ = true;
}

void JsonWriter::end_inline_array() {
  first_ = true;  // No line break before the bracket.
  close(']');
  inline_ = false;
}

void JsonWriter::begin_inline_object() {
  open('{');
  inline_ = true;
}

void JsonWriter::end_inline_object() {
  first_ = true;  // No line break before the bracket.
  close('}');
  inline_ = false;
}

void JsonWriter::key(std::string_view name) {
  separate();
  out_ += escaped(name);
  out_ += ": ";
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  raw(escaped(text));
}

void JsonWriter::value(bool flag) {
  raw(flag ? "true" : "false");
}

void JsonWriter::value(double number) {
  if (std::isfinite(number)) {
    raw(shortest(number));
  } else {
    null();
  }
}

std::string JsonWriter::take() {
  out_ += '\n';
  return std::exchange(out_, {});
}

void JsonWriter::finish() {
  sink_(take());
}

void JsonWriter::raw(std::string_view text) {
  separate();
  out_ += text;
  if (sink_ && out_.size() >= kPartBytes) {
    sink_(out_);
    out_.clear();
  }
}

// Whatever stands between the previous item and the next one.
void JsonWriter::separate() {
  if (std::exchange(after_key_, false)) {
    return;
  }
  const bool first = std::exchange(first_, false);
  if (!first) {
    out_ += inline_ ? ", " : ",";
  }
  if (depth_ > 0 && !inline_) {
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  --depth_;
  if (!first_) {
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }
  out_ += bracket;
  first_ = false;
}

}  // namespace hindcast
