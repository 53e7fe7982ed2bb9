#include "gate/escape.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::gate {
namespace {

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' ||
         static_cast<unsigned char>(c) >= 0x80;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// What is left after `printable` and no XML 1.0 character: U+FFFE and U+FFFF.
std::string xml_text(std::string_view text) {
  std::string out = printable_line(text);
  replace_all(out, "\xEF\xBF\xBE", R"(\xef\xbf\xbe)");
  replace_all(out, "\xEF\xBF\xBF", R"(\xef\xbf\xbf)");
  return out;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : xml_text(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':  // "]]>" must not stand in text.
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  // Backticks cannot hold a '|' in a table; inside <code> a reference is only ever a character.
  std::string out = "<code>";
  for (const char c : xml_text(text)) {
    if (is_plain(c)) {
      out += c;
    } else {
      out += fmt::format("&#{};", static_cast<unsigned>(c));
    }
  }
  return out + "</code>";
}

std::string github_message(std::string_view text) {
  std::string out(text);
  replace_all(out, "%", "%25");
  replace_all(out, "\r", "%0D");
  replace_all(out, "\n", "%0A");
  return out;
}

std::string github_property(std::string_view text) {
  std::string out = github_message(text);
  replace_all(out, ":", "%3A");
  replace_all(out, ",", "%2C");
  return out;
}

}  // namespace hindcast::gate
