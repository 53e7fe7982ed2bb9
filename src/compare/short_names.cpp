#include "compare/short_names.hpp"

#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "report/text_table.hpp"

namespace hindcast::compare {
namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) >> 6U) == 2;  // A later byte of a character of UTF-8.
}

// Where the n-th character begins.
std::size_t place_of(std::string_view text, std::size_t n) {
  std::size_t i = 0;
  for (; i < text.size() && (n > 0 || continues(text[i])); ++i) {
    n -= continues(text[i]) ? 0U : 1U;
  }
  return i;
}

// Both names, of which each may take `most` characters where they are one.
std::string short_name(const NamePair& names, std::size_t most) {
  if (names.a == names.b) {
    return without_middle(printable(names.a), most);
  }
  const std::size_t each = most * 2 / 3;
  return fmt::format("{} -> {}", without_middle(printable(names.a), each),
                     without_middle(printable(names.b), each));
}

}  // namespace

std::string without_middle(std::string_view text, std::size_t most) {
  const std::size_t width = report::shown_width(text);
  if (width <= most) {
    return std::string(text);
  }
  const std::size_t head = (most - 3) / 2;
  const std::size_t tail = most - 3 - head;
  return std::string(text.substr(0, place_of(text, head))) + "..." +
         std::string(text.substr(place_of(text, width - tail)));
}

std::vector<std::string> short_names(const std::vector<NamePair>& names) {
  constexpr std::array<std::size_t, 4> kWidths = {24, 36, 48, 72};
  std::set<std::pair<std::string_view, std::string_view>> different;
  for (const NamePair& one : names) {
    different.emplace(one.a, one.b);
  }
  std::vector<std::string> out;
  for (const std::size_t width : kWidths) {
    out.clear();
    for (const NamePair& one : names) {
      out.push_back(short_name(one, width));
    }
    if (std::set<std::string_view>(out.begin(), out.end()).size() == different.size()) {
      break;
    }
  }
  return out;
}

}  // namespace hindcast::compare
