#pragma once

// Text as a terminal shows it.

#include <cstddef>
#include <string>
#include <string_view>

namespace hindcast {

/// Columns that a terminal gives to a line of UTF-8 text: two for a wide character, none for a mark
/// that combines with the character before.
[[nodiscard]] std::size_t shown_width(std::string_view text);

/// `text` in at most `width` columns: its begin and its end with `gap` between them where it is
/// longer. No character is parted from the marks that combine with it, and no escape such as `\x1b`
/// is cut in two. `width` must be more than
/// the gap's.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width, std::string_view gap);

/// How wide lines may be.
struct Margins {
  std::size_t width = 80;  ///< Columns.
  std::size_t hang = 2;    ///< By how much what goes on in the next line is indented more.
};

/// Lines of words, each broken at blanks so that none is wider than the margins unless a word is. A
/// number and its "%" stay together.
[[nodiscard]] std::string wrapped(std::string_view lines, const Margins& margins);

/// `text` with every character that is not ASCII written as `\uNNNN` or `\UNNNNNNNN`, as Python and
/// JSON do, and bytes that are no UTF-8 as `\xNN`.
[[nodiscard]] std::string ascii_only(std::string_view text);

}  // namespace hindcast
