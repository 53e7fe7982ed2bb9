// hindcast merge: one report from the parts that several machines wrote.

#include <memory>

#include "hindcast/base/error.hpp"

#include "analysis/part_merger.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/load_report.hpp"
#include "cli/messages.hpp"
#include "cli/report_outputs.hpp"
#include "cli/report_values_option.hpp"

namespace hindcast::cli {
namespace {

struct MergeArguments {
  std::vector<std::string> parts;
  std::uint64_t most_values = report::kMostReportValues;
  OutputArguments outputs;
};

report::Part part_in(const std::string& path, std::uint64_t most_values) {
  const std::string text = read_text(path);
  return with_context(printable(path), [&] { return report::read_part(text, most_values); });
}

ExitStatus merge(const MergeArguments& arguments) {
  const Messages messages(arguments.outputs.quiet);
  ReportOutputs outputs(arguments.outputs, {.files = arguments.parts, .why = "is a part"});
  analysis::PartMerger merger;
  for (const std::string& path : arguments.parts) {
    merger.add(path, part_in(path, arguments.most_values));
  }
  return deliver(merger.finish(), outputs, arguments.outputs, messages);
}

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<MergeArguments>();
  app.add_option("PART", arguments->parts, "What each shard wrote, in any order")
      ->type_name("")
      ->required();
  add_output_options(app, arguments->outputs);
  add_report_values_option(app, arguments->most_values);
  app.footer(
      "Writes what analyze would have written on one machine.\n\n"
      "Examples:\n"
      "  hindcast merge part_*.json --json report.json\n"
      "  hindcast merge part_1.json part_2.json --csv tables --strict");
  return [arguments] { return merge(*arguments); };
}

}  // namespace

extern const Command merge_command;
const Command merge_command = {
    .name = "merge",
    .summary = "Join the parts of a report that several machines wrote",
    .add = add,
};

}  // namespace hindcast::cli
