#include "cli/run.hpp"

#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/version.hpp"

#include "base/system_error.hpp"
#include "base/text.hpp"
#include "cli/interface.hpp"
#include "cli/messages.hpp"
#include "cli/out_of_memory.hpp"
#include "cli/parse_errors.hpp"

namespace hindcast::cli {
namespace {

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
  const Interface interface = make_interface();
  CLI::App& app = *interface.app;
  try {
    if (const auto text = answer(app, argc, argv)) {
      print_result(*text);
      return ExitStatus::ok;
    }
    for (const auto& [sub, execute] : interface.commands) {
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
