// The loop of `hindcast analyze --watch`. Each report is a plain analysis of the directory with
// what was measured before at hand, so that the last one cannot differ from it.

#include "cli/watch/watch.hpp"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/report/writers.hpp"

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "cli/troubles.hpp"
#include "cli/watch/directory_state.hpp"

namespace hindcast::cli {
namespace {

namespace fs = std::filesystem;

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

bool redraws() {
  const char* const terminal = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe)
  return isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

fs::path canonical_path(const fs::path& path) {
  std::error_code ignored;
  return fs::weakly_canonical(path, ignored);
}

// What this program writes says nothing of the training.
std::set<fs::path> written_by_us(const OutputArguments& outputs) {
  std::set<fs::path> paths;
  if (!outputs.json.empty()) {
    paths.insert(canonical_path(outputs.json));
  }
  for (const std::string_view name : ReportOutputs::csv_names()) {
    if (!outputs.csv.empty()) {
      paths.insert(canonical_path(fs::path(outputs.csv) / name));
    }
  }
  return paths;
}

std::string digest_of(const report::Report& report) {
  const std::string text = report::to_json(report);
  return sha256(std::as_bytes(std::span(text)));
}

class Watch {
 public:
  Watch(const Watched& watched, const WatchArguments& arguments, const OutputArguments& outputs,
        const Inputs& inputs)
      : watched_(watched),
        arguments_(arguments),
        outputs_(outputs),
        inputs_(inputs),
        redraws_(redraws()),
        once_(outputs.quiet, told_),
        // A screen that is cleared shows each time what there is to say.
        messages_(redraws_ && isatty(STDERR_FILENO) == 1 ? Messages(outputs.quiet)
                                                         : Messages(outputs.quiet, told_)) {}

  ExitStatus run() {
    require_writable();
    const std::set<fs::path> left_out = written_by_us(outputs_);
    Clock::time_point last_moved = Clock::now();
    while (true) {
      settling_.look(state_of(watched_.directory, left_out));
      const Clock::time_point now = Clock::now();
      if (settling_.moved()) {
        last_moved = now;
      }
      if (is_due()) {
        update();
      }
      if (arguments_.idle && now - last_moved >= Seconds(*arguments_.idle)) {
        return finish();
      }
      std::this_thread::sleep_for(Seconds(arguments_.every));
    }
  }

 private:
  // Or that is known at once.
  void require_writable() const { const ReportOutputs outputs(outputs_, inputs_); }

  [[nodiscard]] bool is_due() const {
    return !analysed_ || !same_but_for_logs(settling_.settled(), *analysed_);
  }

  void update() {
    try {
      const report::Report report = watched_.analyse(settling_.being_written(), messages_);
      if (troubles_of(report).nothing_read) {
        wait();
      } else {
        show(report);
      }
      analysed_ = settling_.settled();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::usage) {
        throw;
      }
      once_.warning(fmt::format("{}; trying again", error.what()));
    }
  }

  // Says so once, whatever the reason: there is no directory, nothing in it, nothing whole.
  void wait() {
    if (!std::exchange(waits_, true)) {
      messages_.remark(
          fmt::format("waiting for a checkpoint in '{}'", printable(watched_.directory.string())));
    }
  }

  // Nothing happens where the report is the one that is shown: trainings write much besides
  // weights.
  void show(const report::Report& report) {
    const std::string digest = digest_of(report);
    if (digest == shown_) {
      return;
    }
    ReportOutputs outputs(outputs_, inputs_);
    if (redraws_) {
      print_result("\x1b[H\x1b[2J");
    } else if (!shown_.empty()) {
      print_result("\n");
    }
    told_.next_round();
    tell(report, troubles_of(report), ScheduleShown::yes, messages_);
    outputs.write(report);
    shown_ = digest;
  }

  // The directory as it is now, logs and all.
  ExitStatus finish() {
    const report::Report report = watched_.analyse({}, messages_);
    const Troubles troubles = troubles_of(report);
    if (troubles.nothing_read) {
      tell(report, troubles, ScheduleShown::yes, Messages(outputs_.quiet));
      return ExitStatus::trouble;
    }
    show(report);
    return troubles.nothing_judged ? ExitStatus::trouble
                                   : incomplete_status(troubles.incomplete, outputs_.strict);
  }

  const Watched& watched_;
  const WatchArguments& arguments_;
  const OutputArguments& outputs_;
  const Inputs& inputs_;
  bool redraws_;
  ToldBefore told_;
  Messages once_;
  Messages messages_;
  Settling settling_;
  std::optional<DirectoryState> analysed_;  // What the last report was made of.
  bool waits_ = false;
  std::string shown_;  // Digest of the last report.
};

}  // namespace

ExitStatus watch(const Watched& watched, const WatchArguments& arguments,
                 const OutputArguments& outputs, const Inputs& inputs) {
  return Watch(watched, arguments, outputs, inputs).run();
}

void require_watchable(const std::vector<std::string>& paths, const OutputArguments& outputs,
                       const std::string& shard) {
  if (!shard.empty()) {
    throw Error(ErrorCode::usage,
                "--shard and --watch do not go together: a share is of what is "
                "there at one time");
  }
  if (outputs.json == "-") {
    throw Error(ErrorCode::usage,
                "--watch writes the report again and again; give --json a file, not '-'");
  }
  std::error_code not_there;
  const bool is_one = paths.size() == 1;
  if (!is_one ||
      (fs::exists(paths.front(), not_there) && !fs::is_directory(paths.front(), not_there))) {
    throw Error(ErrorCode::usage, is_one
                                      ? fmt::format("--watch takes a directory, and '{}' is none",
                                                    printable(paths.front()))
                                      : std::string("--watch takes one directory"));
  }
}

}  // namespace hindcast::cli
