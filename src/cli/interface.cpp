#include "cli/interface.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "hindcast/version.hpp"

#include "cli/command.hpp"

namespace hindcast::cli {
namespace {

constexpr const char* kExitStatus =
    "Exit status: 0 done; 1 a gate failed, lint found something, or compare --exit-code did; 2 "
    "usage,\n"
    "or nothing could be read or judged; 3 with --strict: some checkpoints or tensors could not "
    "be\n"
    "read or judged; 70 a bug in hindcast; 128 and its number: a signal (130: Ctrl-C).";
constexpr const char* kExample =
    "Example:\n  hindcast analyze runs/my_run --init-lr 0.05 --json report.json";

void add_footer(CLI::App& app, std::string_view text) {
  app.footer(fmt::format("{}\n\n{}", text, kExitStatus));
}

}  // namespace

Interface make_interface() {
  Interface interface {
    .app = std::make_unique<CLI::App>(
        "How well did a network learn? Layer metrics, rotation and the learning rates RMSGD\n"
        "would have prescribed, from the checkpoints a training run left behind.",
        "hindcast")
  };
  CLI::App& app = *interface.app;
  add_footer(app, kExample);
  app.set_version_flag("--version", version_report(), "Show versions and exit");
  app.require_subcommand(1);
  for (const Command* command : commands()) {
    CLI::App* const sub =
        app.add_subcommand(std::string(command->name), std::string(command->summary));
    interface.commands.emplace_back(sub, command->add(*sub));
    add_footer(*sub, sub->get_footer());
  }
  return interface;
}

}  // namespace hindcast::cli
