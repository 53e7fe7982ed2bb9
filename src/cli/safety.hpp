#pragma once

// How far files from strangers are trusted: options of every command that reads checkpoints.

#include <CLI/CLI.hpp>

#include "hindcast/io/checkpoint.hpp"

#include "cli/messages.hpp"

namespace hindcast::cli {

/// What was typed.
struct SafetyArguments {
  bool unsafe_hdf5 = false;
};

void add_safety_options(CLI::App& app, SafetyArguments& arguments);

[[nodiscard]] io::Limits limits_of(const SafetyArguments& arguments);

/// Says once what protection was given up.
void warn_of_risks(const SafetyArguments& arguments, const Messages& messages);

}  // namespace hindcast::cli
