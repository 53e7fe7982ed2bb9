#pragma once

#include <string>

#include "described.hpp"

namespace hindcast::manual {

/// The page of the program, "hindcast(1)".
[[nodiscard]] std::string program_page(const Program& program);

/// The page of one of its commands, "hindcast-analyze(1)".
[[nodiscard]] std::string command_page(const Program& program, const Command& command);

}  // namespace hindcast::manual
