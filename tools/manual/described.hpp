#pragma once

// What --help tells, taken apart for the manual and the completions.

#include <string>
#include <vector>

#include "cli/interface.hpp"

namespace hindcast::manual {

/// What can be offered in the place of a value.
struct Values {
  enum class Kind {
    unknown,    ///< Nothing: a number, a pattern, a name of the user's own.
    words,      ///< One of `words`.
    word_list,  ///< Several of `words`, with commas between them.
    files,      ///< A file whose name ends with one of `suffixes`, or any if there is none.
    directories,
  };
  Kind kind = Kind::unknown;
  std::vector<std::string> words = {};
  std::vector<std::string> suffixes = {};  ///< With the dot.
};

struct Option {
  std::vector<std::string> names = {};  ///< With their hyphens, the short one first.
  std::string placeholder = {};         ///< "FILE"; none for a flag.
  std::string default_value = {};
  std::string help = {};
  std::string group = {};  ///< The heading that it stands below.
  Values values = {};
  bool required = false;
  bool repeatable = false;
};

struct Positional {
  std::string name = {};
  std::string help = {};
  Values values = {};
  bool required = false;
  bool repeatable = false;
};

struct Command {
  std::string name = {};  ///< None for the program itself.
  std::string summary = {};
  std::vector<Positional> positionals = {};
  std::vector<Option> options = {};
  std::vector<std::string> paragraphs = {};   ///< What is explained below the options.
  std::vector<std::string> exit_status = {};  ///< A paragraph or two.
  std::string examples = {};                  ///< Lines to type.
};

struct Program {
  Command itself = {};
  std::vector<Command> commands = {};
};

/// Everything, in the order of --help.
[[nodiscard]] Program describe(const cli::Interface& interface);

}  // namespace hindcast::manual
