// The list of subcommands. To add one: write src/cli/commands/<name>.cpp, then add its declaration
// and its entry here.

#include <array>

#include "cli/command.hpp"

namespace hindcast::cli {

extern const Command inspect_command;    // commands/inspect.cpp
extern const Command analyze_command;    // commands/analyze.cpp
extern const Command schedule_command;   // commands/schedule.cpp
extern const Command lint_command;       // commands/lint.cpp
extern const Command gate_command;       // commands/gate.cpp
extern const Command compare_command;    // commands/compare.cpp
extern const Command correlate_command;  // commands/correlate.cpp
extern const Command export_command;     // commands/export.cpp
extern const Command report_command;     // commands/report.cpp
extern const Command merge_command;      // commands/merge.cpp
extern const Command explain_command;    // commands/explain.cpp
extern const Command formats_command;    // commands/formats.cpp
extern const Command cache_command;      // commands/cache.cpp

namespace {

constexpr std::array kCommands = {
    &inspect_command, &analyze_command,   &schedule_command, &lint_command,   &gate_command,
    &compare_command, &correlate_command, &report_command,   &export_command, &merge_command,
    &explain_command, &formats_command,   &cache_command,
};

}  // namespace

std::span<const Command* const> commands() noexcept {
  return kCommands;
}

}  // namespace hindcast::cli
