#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hindcast::io {

/// Throws Error{usage} where `pattern` is no regular expression (ECMAScript).
void check_step_pattern(const std::string& pattern);

/// The whole number that the first group of a regular expression (ECMAScript) captures somewhere in
/// `name`, or the whole match where there is no group; nothing where it does not match.
///
/// Throws Error{usage} where `pattern` is no regular expression, or captures what is no number.
[[nodiscard]] std::optional<std::int64_t> step_from(const std::string& pattern,
                                                    const std::string& name);

}  // namespace hindcast::io
