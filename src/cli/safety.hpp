#pragma once

// How far files from strangers are trusted: options of every command that reads checkpoints.

#include <cstdint>

#include <CLI/CLI.hpp>

#include "hindcast/io/checkpoint.hpp"

#include "cli/messages.hpp"

namespace hindcast::cli {

/// What was typed; numbers are what io::Limits says where nothing was.
struct SafetyArguments {
  bool unsafe_hdf5 = false;
  bool follow_links = false;
  io::Limits limits;
};

/// Adds the options of the groups "Safety" and "Limits".
void add_safety_options(CLI::App& app, SafetyArguments& arguments);

[[nodiscard]] io::Limits limits_of(const SafetyArguments& arguments);

/// Says once what protection was given up.
void warn_of_risks(const SafetyArguments& arguments, const Messages& messages);

}  // namespace hindcast::cli
