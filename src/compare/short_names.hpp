#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::compare {

/// Text without its middle, so that it takes at most `most` characters; `most` is above 4.
[[nodiscard]] std::string without_middle(std::string_view text, std::size_t most);

/// What something is called in A and in B.
struct NamePair {
  std::string_view a;
  std::string_view b;
};

/// For a column of a table, what each is called: cut in the middle where that is long, but no
/// further than keeps different names different, as long as a line can hold them.
[[nodiscard]] std::vector<std::string> short_names(const std::vector<NamePair>& names);

}  // namespace hindcast::compare
