#include "cli/run.hpp"

#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/version.hpp"

#include "base/system_error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/messages.hpp"
#include "cli/out_of_memory.hpp"
#include "cli/parse_errors.hpp"

namespace hindcast::cli {
namespace {

constexpr const char* kExitStatus =
    "Exit status: 0 done; 1 a gate failed, lint found something, or compare --exit-code did; 2 "
    "usage,\n"
    "or nothing could be read or judged; 3 with --strict: some checkpoints or tensors could not "
    "be\n"
    "read or judged; 70 a bug in hindcast.";
constexpr const char* kExample =
    "Example:\n  hindcast analyze runs/my_run --init-lr 0.05 --json report.json";

void add_footer(CLI::App& app, std::string_view text) {
  app.footer(fmt::format("{}\n\n{}", text, kExitStatus));
}

// Parses, and returns what the user asked to be told instead of a run: the help or the version.
std::optional<std::string> answer(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return app.help();
  } catch (const CLI::CallForVersion&) {
    return version_report();
  }
  return std::nullopt;
}

ExitStatus out_of_memory() {
  print_out_of_memory();
  return ExitStatus::trouble;
}

// What is thrown by the system and by libraries. The one that shares out work has no exception of
// its own for a thread that cannot be made.
ExitStatus trouble_outside(const std::exception& error) {
  if (ran_out_of_memory()) {
    return out_of_memory();
  }
  if (std::string_view(error.what()).find("pthread_create") == std::string_view::npos) {
    throw;
  }
  print_error("cannot start a thread: out of memory, or too many processes; try --threads 1");
  return ExitStatus::trouble;
}

}  // namespace

ExitStatus run(int argc, const char* const* argv) {
  CLI::App app(
      "How well did a network learn? Layer metrics, rotation and the learning rates RMSGD\n"
      "would have prescribed, from the checkpoints a training run left behind.",
      "hindcast");
  add_footer(app, kExample);
  app.set_version_flag("--version", version_report(), "Show versions and exit");
  app.require_subcommand(1);

  std::vector<std::pair<CLI::App*, std::function<ExitStatus()>>> added;
  for (const Command* command : commands()) {
    CLI::App* const sub =
        app.add_subcommand(std::string(command->name), std::string(command->summary));
    added.emplace_back(sub, command->add(*sub));
    add_footer(*sub, sub->get_footer());
  }
  try {
    if (const auto text = answer(app, argc, argv)) {
      print_result(*text);
      return ExitStatus::ok;
    }
    for (const auto& [sub, execute] : added) {
      if (sub->parsed()) {
        return execute();
      }
    }
  } catch (const CLI::ParseError& error) {
    print_error(describe_parse_error(app, error));
    return ExitStatus::trouble;
  } catch (const Error& error) {
    print_error(error.what());
    return ExitStatus::trouble;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::length_error&) {  // More than a container can ever hold.
    return out_of_memory();
  } catch (const std::filesystem::filesystem_error& error) {
    print_error(fmt::format("{}: {}", printable(error.path1().string()),
                            system_error(error.code().value()).what()));
    return ExitStatus::trouble;
  } catch (const std::exception& error) {
    return trouble_outside(error);
  }
  return ExitStatus::bug;
}

}  // namespace hindcast::cli
