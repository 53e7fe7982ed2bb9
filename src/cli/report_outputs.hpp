#pragma once

// Where a report goes: options of every command that makes one.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "hindcast/report/report.hpp"

#include "base/atomic_file.hpp"
#include "base/output_directory.hpp"
#include "cli/messages.hpp"
#include "cli/run.hpp"
#include "cli/terminal.hpp"

namespace hindcast::cli {

/// What was typed.
struct OutputArguments {
  std::string json;
  std::string csv;
  bool strict = false;
  bool quiet = false;
  bool verbose = false;
  TableArguments table;
};

void add_output_options(CLI::App& app, OutputArguments& arguments);

/// Files that are read, and so must not be written over.
struct Inputs {
  std::vector<std::string> files;
  std::string_view why;  ///< What is said of one of them.
};

/// Throws Error{usage} where `output` is one of the inputs.
void refuse_clash(const std::filesystem::path& output, const Inputs& inputs);

/// The files to write, made before the long work so that an unwritable place is known at once.
class ReportOutputs {
 public:
  /// Throws Error: io where they cannot be written, usage where they are inputs.
  ReportOutputs(const OutputArguments& arguments, const Inputs& inputs);

  /// Of the files in the directory of --csv.
  [[nodiscard]] static std::vector<std::string> csv_names();

  /// Files, which a signal finds all written or none, and what goes to stdout. Throws Error{io}.
  void write(const report::Report& report);

 private:
  void write_files(const report::Report& report);

  const OutputArguments& arguments_;
  report::TableOptions table_;
  std::optional<AtomicFile> json_;
  std::optional<OutputDirectory> csv_directory_;  // Before csv_, whose files lie in it.
  std::vector<AtomicFile> csv_;
};

/// Says what is wrong with the report and writes it, unless nothing was read. Throws Error{io}.
[[nodiscard]] ExitStatus deliver(const report::Report& report, ReportOutputs& outputs,
                                 const OutputArguments& arguments, const Messages& messages);

}  // namespace hindcast::cli
