#pragma once

#include <string>
#include <string_view>

namespace hindcast::gate {

/// Text for XML 1.0, in an element or a quoted attribute. What XML cannot carry even as a reference
/// (control characters, U+FFFE, U+FFFF, bytes that are not UTF-8) and what would hide or reorder
/// text is written as `\xNN`, as everywhere on a terminal.
[[nodiscard]] std::string xml_escaped(std::string_view text);

/// Text for a cell of a GitHub Markdown table, as literal code: no markup, no links, no mentions.
[[nodiscard]] std::string markdown_code(std::string_view text);

/// The message of a GitHub workflow command, and the value of one of its properties.
/// https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
[[nodiscard]] std::string github_message(std::string_view text);
[[nodiscard]] std::string github_property(std::string_view text);

}  // namespace hindcast::gate
