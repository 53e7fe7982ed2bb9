// hindcast formats: what files are read, as their readers say.

#include <string>
#include <string_view>

#include "hindcast/io/format.hpp"

#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/messages.hpp"
#include "report/text_table.hpp"

namespace hindcast::cli {
namespace {

ExitStatus list_formats() {
  report::TextTable table({{.title = "format"}, {.title = "files"}, {.title = "follows"}});
  for (const io::Format* const format : io::formats()) {
    table.row({std::string(format->id), std::string(format->description),
               std::string(format->reference)});
  }
  print_result(text_for_log(
      table.text() +
      "\nFiles are recognised by their content, never by their names. A directory may be one "
      "checkpoint\n(model.safetensors or the like in it), or hold the checkpoints of a run.\n"));
  return ExitStatus::ok;
}

std::function<ExitStatus()> add(CLI::App& app) {
  app.footer(
      "Examples:\n"
      "  hindcast formats\n"
      "  hindcast inspect model.h5");
  return [] { return list_formats(); };
}

}  // namespace

extern const Command formats_command;
const Command formats_command = {
    .name = "formats",
    .summary = "What files are read",
    .add = add,
};

}  // namespace hindcast::cli
