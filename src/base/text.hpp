#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast {

/// The shortest decimal that reads back as exactly `value`. `value` must be finite.
[[nodiscard]] std::string shortest(double value);

/// Natural order: runs of digits compare as numbers, so that "run-2" comes before "run-10".
/// Names that differ only in leading zeros fall back to byte order, so the order is total.
[[nodiscard]] bool natural_less(std::string_view a, std::string_view b);

/// Does `text` match the shell pattern? `*` matches any run of characters (also `/`), `?` any one
/// character, `[abc]`, `[a-z]` and `[!abc]` one of a set; all else, also a lone `[`, itself.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text);

/// `text` with control characters, escape sequences, bidirectional overrides and invalid UTF-8
/// written as `\xNN`, so that a name from a stranger's file cannot steer a terminal or forge a
/// second line. Of a longer one than any reader would read, its begin and its end.
[[nodiscard]] std::string printable(std::string_view text);

/// The same for a line that is made of names and words, of which nothing is left out.
[[nodiscard]] std::string printable_line(std::string_view line);

/// `text` with every byte that is not part of a well-formed UTF-8 sequence replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// ASCII lower case.
[[nodiscard]] std::string lowered(std::string_view text);

/// The parts of `text` between separators; always at least one.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// "3, 3, 8" for {3, 3, 8} and ", ".
[[nodiscard]] std::string join(std::span<const std::uint64_t> numbers, std::string_view separator);
[[nodiscard]] std::string join(std::span<const std::string> texts, std::string_view separator);

/// The candidate nearest to `text` by edit distance, or empty where none is near.
[[nodiscard]] std::string_view nearest(std::string_view text,
                                       std::span<const std::string_view> candidates);

}  // namespace hindcast
