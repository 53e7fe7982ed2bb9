// hindcast inspect: what a file holds, and what would be analysed.

#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "hindcast/analysis/analyse.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/report/writers.hpp"

#include "base/memory_errors.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/output_file.hpp"
#include "cli/safety.hpp"
#include "cli/troubles.hpp"
#include "io/checkpoint_folder.hpp"

namespace hindcast::cli {
namespace {

struct InspectArguments {
  std::vector<std::string> files;
  SelectionArguments selection;
  SafetyArguments safety;
  std::string output = "-";
  bool json = false;
  bool strict = false;
  bool quiet = false;
};

bool is_incomplete(const report::InspectedFile& file) {
  return !file.problems.empty() || file.ledger.skipped.contains("unreadable");
}

// Where reading fails for every tensor the file is corrupt, whatever its table of contents says.
bool is_corrupt(const report::InspectedFile& file) {
  return file.failed_reads > 0 && file.failed_reads == file.ledger.tensors;
}

// What there is to show, and what there is to say besides.
struct Inspection {
  report::InspectReport report;
  std::vector<std::string> unread;
  std::vector<std::string> warnings;
  bool incomplete = false;
};

void add_file(Inspection& inspection, const std::string& path, const tensor::Selection& selection,
              const io::Limits& limits) {
  std::error_code ignored;  // Whoever opens it says what is wrong with it.
  if (std::filesystem::is_directory(path, ignored) && !io::weights_in_folder(path)) {
    throw Error(ErrorCode::io, io::describe_folder(path) + "; name the files to inspect");
  }
  report::InspectedFile inspected = analysis::inspect(path, selection, limits);
  if (is_corrupt(inspected)) {
    throw Error(ErrorCode::malformed, "no tensor can be read; the first, '" +
                                          printable(inspected.tensors.front().name) +
                                          "': " + inspected.tensors.front().reason);
  }
  const report::InspectedFile& file = inspection.report.files.emplace_back(std::move(inspected));
  inspection.incomplete = inspection.incomplete || is_incomplete(file);
  for (const report::FileProblem& problem : file.problems) {
    inspection.warnings.push_back(
        fmt::format("{}: {}: {}", printable(path), printable(problem.where), problem.reason));
  }
}

Inspection inspect_all(const InspectArguments& arguments) {
  const tensor::Selection selection = selection_of(arguments.selection);
  const io::Limits limits = limits_of(arguments.safety);
  Inspection inspection;
  for (const std::string& path : arguments.files) {
    try {
      with_context(printable(path), [&] {
        with_memory_errors([&] { add_file(inspection, path, selection, limits); });
      });
    } catch (const Error& error) {
      if (error.code() == ErrorCode::usage) {
        throw;
      }
      inspection.unread.emplace_back(error.what());
      inspection.incomplete = true;
    }
  }
  return inspection;
}

ExitStatus inspect(const InspectArguments& arguments) {
  const Messages messages(arguments.quiet);
  std::optional<AtomicFile> output;
  if (arguments.output != "-") {
    output.emplace(output_file(arguments.output));
  }
  warn_of_risks(arguments.safety, messages);
  const Inspection inspection = inspect_all(arguments);
  const bool is_fatal = inspection.report.files.empty();
  for (const std::string& unread : inspection.unread) {
    messages.trouble(unread, is_fatal);
  }
  for (const std::string& warning : inspection.warnings) {
    messages.warning(warning);
  }
  if (is_fatal) {
    return ExitStatus::trouble;
  }
  const std::string text =
      arguments.json ? report::to_json(inspection.report) : report::to_table(inspection.report);
  if (output) {
    output->commit(text);
  } else {
    print_result(arguments.json ? json_for_log(text) : text_for_log(text));
  }
  return incomplete_status(inspection.incomplete, arguments.strict);
}

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<InspectArguments>();
  app.add_option("FILE", arguments->files, "Checkpoint files")->type_name("")->required();
  app.add_flag("--json", arguments->json, "JSON instead of a table");
  app.add_option("-o,--output", arguments->output, "Where to write; '-' is stdout")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_flag("--strict", arguments->strict,
               "Exit 3 if any file, link or tensor could not be read");
  app.add_flag("-q,--quiet", arguments->quiet, "No warnings");
  add_selection_options(app, arguments->selection);
  add_safety_options(app, arguments->safety);
  app.footer(
      "Examples:\n  hindcast inspect model.h5\n  hindcast inspect --json model.h5 -o tensors.json");
  return [arguments] { return inspect(*arguments); };
}

}  // namespace

extern const Command inspect_command;
const Command inspect_command = {
    .name = "inspect",
    .summary = "Every tensor of a file: shape, type, role, layout, and why it is analysed or not",
    .add = add,
};

}  // namespace hindcast::cli
