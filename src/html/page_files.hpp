#pragma once

#include <string_view>

namespace hindcast::html {

/// The content of a file of src/html/page, or of the library of charts, as it was when the program
/// was built. `name` must be one that CMakeLists.txt lists.
[[nodiscard]] std::string_view page_file(std::string_view name) noexcept;

}  // namespace hindcast::html
