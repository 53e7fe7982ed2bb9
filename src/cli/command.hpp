#pragma once

#include <functional>
#include <span>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/run.hpp"

namespace hindcast::cli {

/// One subcommand.
struct Command {
  std::string_view name;
  std::string_view summary;  ///< One line for --help, no full stop.

  /// Adds its options to `app` and returns what runs it once they are parsed. Throws Error.
  std::function<ExitStatus()> (*add)(CLI::App& app);
};

/// Every subcommand, in the order of --help.
[[nodiscard]] std::span<const Command* const> commands() noexcept;

}  // namespace hindcast::cli
