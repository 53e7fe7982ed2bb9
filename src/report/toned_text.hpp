#pragma once

#include <string>
#include <string_view>

#include "hindcast/report/text_style.hpp"

namespace hindcast::report {

/// What the colour of a cell says.
enum class Tone {
  plain,
  caution,  ///< Read it with care: a value that is special, or missing in part.
  trouble,  ///< Nothing could be measured or read.
};

/// The text in the tone's colour where colours are shown.
[[nodiscard]] std::string toned(std::string_view text, Tone tone, const TextStyle& style);

/// Lines for people, broken and escaped as the style says.
[[nodiscard]] std::string prose(std::string_view lines, const TextStyle& style);

/// A name from a file, as such a place can show it.
[[nodiscard]] std::string shown_name(std::string_view name, const TextStyle& style);

/// What stands in the place of what was left out of the middle of a name.
[[nodiscard]] std::string_view ellipsis(const TextStyle& style) noexcept;

}  // namespace hindcast::report
