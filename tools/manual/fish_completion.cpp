// One call of fish's `complete` for each option, see complete(1) of fish.

#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "completions.hpp"

namespace hindcast::manual {
namespace {

using Kind = Values::Kind;

constexpr std::string_view kHelpers = R"(# Completes the command line of hindcast for fish.
# Written by hindcast_manual from what --help prints.

function __hindcast_command -d 'The command that was typed'
    set -l words (commandline -opc)
    for word in $words[2..]
        if not string match -q -- '-*' $word
            echo $word
            return
        end
    end
    return 1
end

function __hindcast_is -d 'Was this command typed?'
    test (__hindcast_command; or echo none) = $argv[1]
end

function __hindcast_files -d 'Directories and files that end so; every file where there is none'
    set -l begun (string replace -r -- '^--[^=]*=' '' (commandline -ct))
    set -l files (complete -C "__hindcast_no_such_program $begun")
    set -l ends (string escape --style=regex -- / $argv | string join '|')
    string match -r -- '^.*(?:'$ends')$' $files
    or printf '%s\n' $files
end

complete -c hindcast -f
)";

std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return out + "'";
}

std::string offer(const std::string& choices) {
  return " -a " + shell_word(choices);
}

// What is offered in the place of a value. Files are not, but where every file may stand there.
std::string values_of(const Values& values) {
  switch (values.kind) {
    case Kind::words:
      return offer(join(values.words, " "));
    case Kind::word_list:
      return offer("(__fish_complete_list , \"printf '%s\\n' " + join(values.words, " ") + "\")");
    case Kind::files:
      return values.suffixes.empty()
                 ? " -F"
                 : " -k" + offer("(__hindcast_files " + join(values.suffixes, " ") + ")");
    case Kind::directories:
      return offer("(__fish_complete_directories)");
    case Kind::unknown:
      break;
  }
  return "";
}

std::string option_line(const std::string& condition, const Option& option) {
  std::string line = fmt::format("complete -c hindcast -n {}", shell_word(condition));
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.placeholder.empty()) {
    const bool takes_any_file = option.values.kind == Kind::files && option.values.suffixes.empty();
    line += (takes_any_file ? " -r" : " -x") + values_of(option.values);
  }
  return line + " -d " + shell_word(option.help) + "\n";
}

std::string command_lines(const Command& command) {
  const std::string condition = "__hindcast_is " + command.name;
  std::string lines = "\n";
  for (const Positional& positional : command.positionals) {
    lines += fmt::format("complete -c hindcast -n {}{}\n", shell_word(condition),
                         values_of(positional.values));
  }
  for (const Option& option : command.options) {
    lines += option_line(condition, option);
  }
  return lines;
}

}  // namespace

std::string fish_completion(const Program& program) {
  std::string out(kHelpers);
  for (const Option& option : program.itself.options) {
    out += option_line("not __hindcast_command", option);
  }
  for (const Command& command : program.commands) {
    out += fmt::format("complete -c hindcast -n 'not __hindcast_command' -a {} -d {}\n",
                       command.name, shell_word(command.summary));
  }
  for (const Command& command : program.commands) {
    out += command_lines(command);
  }
  return out;
}

}  // namespace hindcast::manual
