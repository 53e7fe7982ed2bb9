#include "cli/watch/arguments.hpp"

#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "cli/options.hpp"

namespace hindcast::cli {
namespace {

// A year: what is more was mistyped.
constexpr double kMostSeconds = 366.0 * 24 * 3600;
constexpr double kLeastSeconds = 0.01;

void check_seconds(std::string_view option, double seconds) {
  if (!(seconds >= kLeastSeconds && seconds <= kMostSeconds)) {
    throw Error(ErrorCode::usage,
                fmt::format("{} must be from {} to {} seconds, not {}", option, kLeastSeconds,
                            kMostSeconds, std::isfinite(seconds) ? shortest(seconds) : "that"));
  }
}

}  // namespace

void add_watch_options(CLI::App& app, WatchArguments& arguments) {
  constexpr const char* kGroup = "Watch";
  app.add_flag("--watch", arguments.watch,
               "Go on while a training adds checkpoints to PATH, one directory that need not be "
               "there yet: the table, --json and --csv are brought up to date whenever one is "
               "whole; ends by a signal or --watch-idle")
      ->group(kGroup);
  const auto add = [&](const char* name, auto& target, const char* help) {
    CLI::Option* const option =
        app.add_option(name, target, help)->group(kGroup)->check(is_number())->type_name("SECONDS");
    arguments.options.push_back(option);
    return option;
  };
  add("--watch-every", arguments.every,
      "How often to look; what changed since the last look is still being written")
      ->capture_default_str();
  add("--watch-idle", arguments.idle,
      "The training is over when no checkpoint came or changed for so long (default: never)");
}

void check(const WatchArguments& arguments) {
  for (const CLI::Option* const option : arguments.options) {
    if (!arguments.watch && option->count() > 0) {
      throw Error(ErrorCode::usage, fmt::format("{} needs --watch", option->get_name()));
    }
  }
  check_seconds("--watch-every", arguments.every);
  if (arguments.idle) {
    check_seconds("--watch-idle", *arguments.idle);
  }
}

}  // namespace hindcast::cli
