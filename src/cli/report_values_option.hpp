#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

namespace hindcast::cli {

/// --max-report-values, of every command that reads reports. `most` is what holds without it.
void add_report_values_option(CLI::App& app, std::uint64_t& most);

}  // namespace hindcast::cli
