#include "report/toned_text.hpp"

#include <fmt/format.h>

#include "base/shown_text.hpp"
#include "base/text.hpp"

namespace hindcast::report {

std::string toned(std::string_view text, Tone tone, const TextStyle& style) {
  if (!style.colour || tone == Tone::plain || text.empty()) {
    return std::string(text);
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", tone == Tone::trouble ? 31 : 33, text);
}

std::string prose(std::string_view lines, const TextStyle& style) {
  const std::string text = style.ascii ? ascii_only(lines) : std::string(lines);
  return style.width == 0 ? text : wrapped(text, {.width = style.width});
}

std::string shown_name(std::string_view name, const TextStyle& style) {
  const std::string text = printable(name);
  return style.ascii ? ascii_only(text) : text;
}

std::string_view ellipsis(const TextStyle& style) noexcept {
  return style.ascii ? "..." : "…";
}

}  // namespace hindcast::report
