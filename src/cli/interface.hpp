#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/run.hpp"

namespace hindcast::cli {

/// The whole command line: --help, the manual and the completions are made from it.
struct Interface {
  std::unique_ptr<CLI::App> app = {};
  /// Each command, and what runs it once it is parsed.
  std::vector<std::pair<CLI::App*, std::function<ExitStatus()>>> commands = {};
};

[[nodiscard]] Interface make_interface();

}  // namespace hindcast::cli
