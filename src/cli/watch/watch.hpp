#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "hindcast/report/report.hpp"

#include "cli/messages.hpp"
#include "cli/report_outputs.hpp"
#include "cli/run.hpp"
#include "cli/watch/arguments.hpp"

namespace hindcast::cli {

/// A directory, and what is done whenever it has changed.
struct Watched {
  std::filesystem::path directory;
  /// Its report, without the files that are being written. Throws Error.
  std::function<report::Report(const std::vector<std::filesystem::path>& being_written,
                               const Messages& messages)>
      analyse;
};

/// Reports of the directory as it changes, until nothing changed for long enough: the last report
/// is then that of the directory as it is, and the exit status what a plain analysis of it has. A
/// signal ends the program meanwhile (see handle_interrupts()).
///
/// What cannot be read or written now is tried again. Throws Error{usage} where that is of no use.
[[nodiscard]] ExitStatus watch(const Watched& watched, const WatchArguments& arguments,
                               const OutputArguments& outputs, const Inputs& inputs);

/// Throws Error{usage} for what cannot be watched or not written again and again. `shard` is that
/// of --shard.
void require_watchable(const std::vector<std::string>& paths, const OutputArguments& outputs,
                       const std::string& shard);

}  // namespace hindcast::cli
