// The widths of characters and where one that a reader sees ends are Unicode's (UAX #11 and #29),
// as utf8proc has them: the C library's wcwidth knows them only in a locale that happens to be set.

#include "base/shown_text.hpp"

#include <algorithm>
#include <cstdint>
#include <utf8proc.h>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast {
namespace {

struct CodePoint {
  utf8proc_int32_t value = 0;
  std::size_t bytes = 0;
};

// What is no UTF-8 counts byte by byte.
CodePoint code_point_at(std::string_view text, std::size_t i) {
  constexpr utf8proc_int32_t kReplacement = 0xFFFD;
  utf8proc_int32_t value = 0;
  const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + i;
  const utf8proc_ssize_t length =
      utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - i), &value);
  return length > 0 ? CodePoint{.value = value, .bytes = static_cast<std::size_t>(length)}
                    : CodePoint{.value = kReplacement, .bytes = 1};
}

// What a reader takes for one character: a letter with its marks.
struct Cluster {
  std::string_view text;
  std::size_t width = 0;
};

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// The length of "\x1b", "\u6f22" or "\U0001f600" at `i`; 0 where there is no such thing.
std::size_t escape_length(std::string_view text, std::size_t i) {
  if (text[i] != '\\' || i + 1 == text.size()) {
    return 0;
  }
  const char kind = text[i + 1];
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  const std::string_view after = text.substr(i + 2, digits);
  return digits > 0 && after.size() == digits && std::ranges::all_of(after, is_hex_digit)
             ? 2 + digits
             : 0;
}

// What is written as an escape is one of them, too.
std::vector<Cluster> clusters_of(std::string_view text) {
  std::vector<Cluster> out;
  utf8proc_int32_t before = 0;
  utf8proc_int32_t state = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t length = escape_length(text, i); length > 0) {
      out.push_back({.text = text.substr(i, length), .width = length});
      before = 0;
      state = 0;
      i += length;
      continue;
    }
    const CodePoint point = code_point_at(text, i);
    const auto width = static_cast<std::size_t>(std::max(utf8proc_charwidth(point.value), 0));
    if (out.empty() || utf8proc_grapheme_break_stateful(before, point.value, &state)) {
      out.push_back({.text = text.substr(i, point.bytes), .width = width});
    } else {
      Cluster& last = out.back();
      last.text = {last.text.data(), last.text.size() + point.bytes};
      last.width += width;
    }
    before = point.value;
    i += point.bytes;
  }
  return out;
}

// What no line may break.
std::vector<std::string> unbreakable(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view word : split(text, ' ')) {
    if (word.starts_with('%') && !out.empty()) {
      out.back() += " " + std::string(word);
    } else {
      out.emplace_back(word);
    }
  }
  return out;
}

// One line without its end.
std::string wrapped_line(std::string_view line, const Margins& margins) {
  const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
  const std::string indent(blanks + margins.hang, ' ');
  std::string out(blanks, ' ');
  std::size_t used = blanks;
  bool first = true;
  for (const std::string& word : unbreakable(line.substr(blanks))) {
    const std::size_t needed = shown_width(word);
    if (!first && used + 1 + needed > margins.width) {
      out += "\n" + indent;
      used = indent.size();
    } else if (!first) {
      out += ' ';
      ++used;
    }
    out += word;
    used += needed;
    first = false;
  }
  return out;
}

}  // namespace

std::size_t shown_width(std::string_view text) {
  std::size_t width = 0;
  for (const Cluster& one : clusters_of(text)) {
    width += one.width;
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width, std::string_view gap) {
  const std::vector<Cluster> clusters = clusters_of(text);
  if (shown_width(text) <= width) {
    return std::string(text);
  }
  // The end tells more than the begin: paths of layers differ in it.
  const std::size_t room = width - shown_width(gap);
  const std::size_t for_begin = room / 2;
  std::size_t begin = 0;
  std::size_t used = 0;
  while (used + clusters[begin].width <= for_begin) {
    used += clusters[begin++].width;
  }
  std::size_t end = clusters.size();
  while (used + clusters[end - 1].width <= room) {
    used += clusters[--end].width;
  }
  std::string out;
  for (std::size_t i = 0; i < begin; ++i) {
    out += clusters[i].text;
  }
  out += gap;
  for (std::size_t i = end; i < clusters.size(); ++i) {
    out += clusters[i].text;
  }
  return out;
}

std::string wrapped(std::string_view lines, const Margins& margins) {
  std::string out;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    out += wrapped_line(lines.substr(begin, end - begin), margins) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string ascii_only(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const CodePoint point = code_point_at(text, i);
    if (byte < 0x80) {
      out += text[i];
    } else if (point.bytes == 1) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      const auto value = static_cast<std::uint32_t>(point.value);
      out += value > 0xFFFF ? fmt::format("\\U{:08x}", value) : fmt::format("\\u{:04x}", value);
    }
    i += point.bytes;
  }
  return out;
}

}  // namespace hindcast
