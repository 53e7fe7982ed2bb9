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

/// Lines that GitHub will show as they are: whatever is in them is no workflow command.
[[nodiscard]] std::string without_commands(std::string_view text);

}  // namespace hindcast::cli
