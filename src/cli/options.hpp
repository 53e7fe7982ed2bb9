#pragma once

// Option groups that several commands share, and checks of what was typed.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "hindcast/analysis/options.hpp"
#include "hindcast/tensor/classification.hpp"

namespace hindcast::cli {

/// Checks for an option's value. CLI11 puts the option before what they say: "--beta: must be ...".
[[nodiscard]] CLI::Validator is_number();
[[nodiscard]] CLI::Validator is_whole_number();
[[nodiscard]] CLI::Validator is_not_empty();
[[nodiscard]] CLI::Validator is_one_of(std::vector<std::string> choices);

/// What is_one_of() lets through, where that is the option's check; else nothing.
[[nodiscard]] std::vector<std::string> choices_of(CLI::Option& option);

void add_threads_option(CLI::App& app, std::optional<std::int64_t>& threads, const char* help);

/// As many threads as were asked for, but no more than the machine lets us have. Throws
/// Error{usage}.
[[nodiscard]] unsigned threads_of(const std::optional<std::int64_t>& threads);

/// What selects layers, as typed.
struct SelectionArguments {
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::vector<std::string> layouts;
  std::vector<std::string> kinds;
  std::int64_t min_size = 0;
  bool split_fused = false;
};

/// Those that choose tensors: all but --split-fused.
void add_filter_options(CLI::App& app, SelectionArguments& arguments);

void add_selection_options(CLI::App& app, SelectionArguments& arguments);

/// Throws Error{usage}.
[[nodiscard]] tensor::Selection selection_of(const SelectionArguments& arguments);

/// The hyperparameters of the schedule as typed.
struct ScheduleArguments {
  std::optional<double> init_lr;
  schedule::RmsgdOptions rmsgd;
  std::string variant = "release";
  std::string evbmf = "reference";
  std::string parameter_order;
  std::optional<std::int64_t> steps_per_epoch;
  std::vector<const CLI::Option*> options;  ///< All but --init-lr.
};

void add_schedule_options(CLI::App& app, ScheduleArguments& arguments);

/// The options that were typed and mean nothing, for there is no --init-lr to start from.
[[nodiscard]] std::vector<std::string> ineffective_options(const ScheduleArguments& arguments);

/// Throws Error: usage for values out of range, io for an unreadable order file.
[[nodiscard]] analysis::ScheduleOptions schedule_options_of(const ScheduleArguments& arguments);

}  // namespace hindcast::cli
