#pragma once

namespace hindcast::cli {

/// The shell contract, documented in the README and --help.
enum class ExitStatus : int {
  ok = 0,           ///< Done.
  gate_failed = 1,  ///< A gate failed, or lint found something.
  trouble = 2,      ///< Usage, bad configuration, or nothing could be read or judged.
  incomplete = 3,   ///< --strict only: some checkpoints or tensors could not be read or judged.
  bug = 70,         ///< Our own fault (EX_SOFTWARE).
};

/// The whole program: results on stdout, everything else on stderr. Throws only on our own bugs.
[[nodiscard]] ExitStatus run(int argc, const char* const* argv);

}  // namespace hindcast::cli
