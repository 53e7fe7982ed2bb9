#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace hindcast::cli {

/// What was typed.
struct WatchArguments {
  bool watch = false;
  double every = 5.0;
  std::optional<double> idle;
  std::vector<const CLI::Option*> options;  ///< All but --watch.
};

void add_watch_options(CLI::App& app, WatchArguments& arguments);

/// Throws Error{usage} for values out of range, and for options of the watch without one.
void check(const WatchArguments& arguments);

}  // namespace hindcast::cli
