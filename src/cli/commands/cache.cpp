// hindcast cache prune: takes away what was not used.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "base/text_cache.hpp"
#include "cli/command.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/size_text.hpp"

namespace hindcast::cli {
namespace {

struct PruneArguments {
  std::string action;
  std::string directory;
  std::optional<std::int64_t> unused_days;
  std::optional<std::uint64_t> most_bytes;
  bool dry_run = false;
};

// A hundred years: what is more was mistyped.
constexpr std::int64_t kMostDays = 36'500;

std::string describe(const TextCache::Size& size) {
  return fmt::format("{} measurements ({:.1f} MB)", size.texts,
                     static_cast<double>(size.bytes) / 1e6);
}

TextCache::PruneOptions options_of(const PruneArguments& arguments) {
  TextCache::PruneOptions options{.most_bytes = arguments.most_bytes, .dry_run = arguments.dry_run};
  if (arguments.unused_days) {
    if (*arguments.unused_days < 0 || *arguments.unused_days > kMostDays) {
      throw Error(ErrorCode::usage, fmt::format("--unused-for must be from 0 to {} days, not {}",
                                                kMostDays, *arguments.unused_days));
    }
    options.unused_for = std::chrono::hours(24 * *arguments.unused_days);
  }
  return options;
}

ExitStatus prune(const PruneArguments& arguments) {
  const TextCache::PruneOptions options = options_of(arguments);
  if (!options.unused_for && !options.most_bytes) {
    throw Error(ErrorCode::usage,
                "nothing says what may go; give --unused-for DAYS or --max-size SIZE");
  }
  std::error_code unknown;
  if (!std::filesystem::is_directory(arguments.directory, unknown)) {
    throw Error(ErrorCode::io, fmt::format("{}: is no directory", printable(arguments.directory)));
  }
  const TextCache::Pruning pruning =
      TextCache(arguments.directory, TextCache::Opening::as_it_stands).prune(options);
  std::string text = fmt::format("{} {}, kept {}\n", options.dry_run ? "would remove" : "removed",
                                 describe(pruning.removed), describe(pruning.kept));
  if (pruning.leftovers > 0) {
    text += fmt::format("{} {} that a process which was killed left unfinished\n",
                        options.dry_run ? "would also remove" : "also removed", pruning.leftovers);
  }
  print_result(text);
  return ExitStatus::ok;
}

std::function<ExitStatus()> add(CLI::App& app) {
  const auto arguments = std::make_shared<PruneArguments>();
  app.add_option("ACTION", arguments->action, "prune: remove what is not needed any more")
      ->check(is_one_of({"prune"}))
      ->type_name("")
      ->required();
  app.add_option("DIR", arguments->directory, "The directory given to --cache")
      ->type_name("")
      ->required();
  app.add_option("--unused-for", arguments->unused_days, "Remove what was not used for so long")
      ->check(is_whole_number())
      ->type_name("DAYS");
  add_size_option(
      app, "--max-size", "Then remove what was not used for longest, until the rest is no larger",
      kMostOfAnything, [arguments](std::uint64_t size) { arguments->most_bytes = size; });
  app.add_flag("--dry-run", arguments->dry_run, "Only say what would be removed");
  app.footer(
      "Examples:\n"
      "  hindcast cache prune ~/.cache/hindcast --unused-for 30\n"
      "  hindcast cache prune ~/.cache/hindcast --max-size 1G --dry-run");
  return [arguments] { return prune(*arguments); };
}

}  // namespace

extern const Command cache_command;
const Command cache_command = {
    .name = "cache",
    .summary = "Remove old measurements from the directory of --cache",
    .add = add,
};

}  // namespace hindcast::cli
