#pragma once

#include <string_view>

namespace hindcast::cli {

/// Where the program was started with its input, output or messages closed, opens something in
/// their place, so that no file of ours gets their number: what is written to stdout then is an
/// error, what is written to stderr is lost.
void open_standard_streams();

/// Writes it as it is. That it cannot be written is nobody's error: there is no place to say so.
void print_to_stderr(std::string_view text) noexcept;

}  // namespace hindcast::cli
