#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace hindcast::cli {

/// What is wrong with the command line, in one line, with what to do about it.
[[nodiscard]] std::string describe_parse_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace hindcast::cli
