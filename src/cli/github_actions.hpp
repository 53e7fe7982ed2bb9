#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::cli {

/// Are we a step of a GitHub workflow?
[[nodiscard]] bool runs_in_github_actions();

/// The file of the step's summary, if there is one.
[[nodiscard]] std::optional<std::string> github_step_summary();

/// How many bytes may still be appended to a step's summary before GitHub would refuse it.
[[nodiscard]] std::size_t room_in_summary(const std::string& path);

/// Appends to a file. Throws Error{io} that names it.
void append_to(const std::string& path, std::string_view text);

// What is written to a stream, so that a step of a workflow shows it as it is: whatever names stand
// in it, none is taken for a workflow command. Outside of a workflow nothing is changed.

/// Of lines for people.
[[nodiscard]] std::string text_for_log(std::string text);

/// Of JSON or XML that a program may parse: it means the same. No line of it begins with a name, so
/// that only the commands that may stand anywhere in a line are to be feared.
[[nodiscard]] std::string json_for_log(std::string text);
[[nodiscard]] std::string xml_for_log(std::string text);

/// Of one line that begins with our own words.
[[nodiscard]] std::string line_for_log(std::string text);

}  // namespace hindcast::cli
