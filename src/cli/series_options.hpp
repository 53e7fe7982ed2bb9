#pragma once

// How the checkpoints of a run are found and ordered, and what was logged beside them: options of
// every command that analyses.

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "hindcast/io/checkpoint_series.hpp"

#include "analysis/score_book.hpp"

namespace hindcast::cli {

/// What was typed.
struct SeriesArguments {
  std::string initial;
  std::optional<std::string> step_from;
  bool one_run = false;
  std::string scores;
  bool no_scores = false;
};

/// All of them.
void add_series_options(CLI::App& app, SeriesArguments& arguments);

/// Those that say how checkpoints are found and ordered: all but --scores and --no-scores.
void add_run_options(CLI::App& app, SeriesArguments& arguments);

/// `threads` are to open the files with.
[[nodiscard]] io::SeriesRequest request_of(const std::vector<std::string>& paths,
                                           const SeriesArguments& arguments, unsigned threads);

/// Throws Error{usage} where both options were given.
[[nodiscard]] analysis::ScoresRequest scores_request_of(const SeriesArguments& arguments);

/// The options that were typed.
[[nodiscard]] std::vector<std::string> given_options(const SeriesArguments& arguments);

}  // namespace hindcast::cli
