#pragma once

// How the checkpoints of a run are found and ordered: options of every command that analyses.

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "hindcast/io/checkpoint_series.hpp"

namespace hindcast::cli {

/// What was typed.
struct SeriesArguments {
  std::string initial;
  std::optional<std::string> step_from;
  bool one_run = false;
};

void add_series_options(CLI::App& app, SeriesArguments& arguments);

[[nodiscard]] io::SeriesRequest request_of(const std::vector<std::string>& paths,
                                           const SeriesArguments& arguments);

/// The options that were typed.
[[nodiscard]] std::vector<std::string> given_options(const SeriesArguments& arguments);

}  // namespace hindcast::cli
