// Bash has words and a place among them, and no more: the options of each command and what their
// values may be are cases of one function. It does without the package bash-completion.

#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "completions.hpp"

namespace hindcast::manual {
namespace {

using Kind = Values::Kind;

constexpr std::string_view kHelpers = R"(# Completes the command line of hindcast for bash.
# Written by hindcast_manual from what --help prints.

_hindcast_words() {
  mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current")
}

# Several words with commas between them: the last is completed.
_hindcast_word_list() {
  local begun=${current##*,}
  mapfile -t COMPREPLY < <(compgen -P "${current%"$begun"}" -W "$*" -- "$begun")
  compopt -o nospace 2> /dev/null
}

_hindcast_directories() {
  mapfile -t COMPREPLY < <(compgen -d -- "$current")
  compopt -o filenames 2> /dev/null
}

# Directories, and files whose names end so; every file where there is none, or no end is given.
_hindcast_files() {
  local suffix
  mapfile -t COMPREPLY < <(
    compgen -d -- "$current"
    for suffix in "$@"; do
      compgen -f -X "!*$suffix" -- "$current"
    done | sort -u)
  if [[ $# -eq 0 || ${#COMPREPLY[@]} -eq 0 ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
  compopt -o filenames 2> /dev/null
}

)";

// Words are told apart by blanks, and '=' is one by itself, as Readline breaks lines.
constexpr std::string_view kWalk = R"(
_hindcast() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' options='' with_value='' i place=0
  COMPREPLY=()
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  _hindcast_options
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} == = ]]; then
      ((++i))
    elif [[ ${COMP_WORDS[i]} == -* ]]; then
      if [[ $with_value == *" ${COMP_WORDS[i]} "* && ${COMP_WORDS[i + 1]} != = ]]; then
        ((++i))
      fi
    elif [[ -z $command ]]; then
      command=${COMP_WORDS[i]}
      _hindcast_options
    else
      ((++place))
    fi
  done
  case "$command $previous" in
)";

std::string blank_joined(const std::vector<std::string>& words) {
  return join(words, " ");
}

std::string names_of(const Command& command, bool only_with_value) {
  std::string names;
  for (const Option& option : command.options) {
    if (!only_with_value || !option.placeholder.empty()) {
      names += (names.empty() ? "" : " ") + blank_joined(option.names);
    }
  }
  return names;
}

std::string options_case(const Command& command) {
  return fmt::format("    {})\n      options='{}'\n      with_value=' {} '\n      ;;\n",
                     command.name.empty() ? "''" : command.name, names_of(command, false),
                     names_of(command, true));
}

// What fills COMPREPLY.
std::string call_of(const Values& values) {
  const auto with = [](std::string_view call, const std::vector<std::string>& words) {
    return std::string(call) + (words.empty() ? "" : " " + blank_joined(words));
  };
  switch (values.kind) {
    case Kind::words:
      return with("_hindcast_words", values.words);
    case Kind::word_list:
      return with("_hindcast_word_list", values.words);
    case Kind::files:
      return with("_hindcast_files", values.suffixes);
    case Kind::directories:
      return "_hindcast_directories";
    case Kind::unknown:
      break;
  }
  return ":";
}

std::string value_cases(const Command& command) {
  std::string cases;
  for (const Option& option : command.options) {
    if (option.placeholder.empty()) {
      continue;
    }
    std::string patterns;
    for (const std::string& name : option.names) {
      patterns += fmt::format("{}'{} {}'", patterns.empty() ? "" : " | ", command.name, name);
    }
    cases += fmt::format("    {}) {}; return ;;\n", patterns, call_of(option.values));
  }
  return cases;
}

std::string place_cases(const Command& command) {
  std::string cases;
  for (std::size_t i = 0; i < command.positionals.size(); ++i) {
    const Positional& positional = command.positionals[i];
    const std::string place = positional.repeatable ? "*" : std::to_string(i);
    cases += fmt::format("    '{} '{}) {} ;;\n", command.name, place, call_of(positional.values));
  }
  return cases;
}

}  // namespace

std::string bash_completion(const Program& program) {
  std::string options = options_case(program.itself);
  std::string values;
  std::string places;
  std::vector<std::string> names;
  for (const Command& command : program.commands) {
    names.push_back(command.name);
    options += options_case(command);
    values += value_cases(command);
    places += place_cases(command);
  }
  std::string out(kHelpers);
  out += "_hindcast_options() {\n  case $command in\n" + options + "  esac\n}\n";
  out += kWalk;
  out += values + "  esac\n";
  out += "  if [[ $current == -* ]]; then\n    _hindcast_words \"$options\"\n    return\n  fi\n";
  out += "  case \"$command $place\" in\n";
  out += fmt::format("    ' '*) _hindcast_words {} ;;\n", blank_joined(names));
  out += places + "  esac\n}\n\ncomplete -F _hindcast hindcast\n";
  return out;
}

}  // namespace hindcast::manual
