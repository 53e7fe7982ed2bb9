// Specifications for zsh's _arguments, see zshcompsys(1).

#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "completions.hpp"

namespace hindcast::manual {
namespace {

using Kind = Values::Kind;

// A backslash before each of `special`.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || special.find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

// "*.(h5|json)(-.)": regular files, also through links. Directories are offered besides.
std::string files_action(const std::vector<std::string>& suffixes) {
  if (suffixes.empty()) {
    return "_files";
  }
  std::string ends;
  for (const std::string& suffix : suffixes) {
    ends += (ends.empty() ? "" : "|") + suffix.substr(1);
  }
  return fmt::format("_files -g \"*.({})(-.)\"", ends);
}

std::string action_of(const Values& values) {
  switch (values.kind) {
    case Kind::words:
      return "(" + join(values.words, " ") + ")";
    case Kind::word_list:
      return "_sequence compadd - " + join(values.words, " ");
    case Kind::files:
      return files_action(values.suffixes);
    case Kind::directories:
      return "_files -/";
    case Kind::unknown:
      break;
  }
  return " ";
}

std::string value_of(std::string_view message, const Values& values) {
  return fmt::format(":{}:{}", escaped(message, ":"), action_of(values));
}

// A line for each name, each of which rules out the others unless the option may be repeated.
std::string option_lines(const Option& option) {
  const std::string others = option.repeatable          ? "*"
                             : option.names.size() == 1 ? ""
                                                        : "(" + join(option.names, " ") + ")";
  std::string lines;
  for (const std::string& name : option.names) {
    const bool has_value = !option.placeholder.empty();
    const std::string_view joint = !has_value ? "" : name.starts_with("--") ? "=" : "+";
    const std::string spec =
        fmt::format("{}{}{}[{}]{}", others, name, joint, escaped(option.help, "[]"),
                    has_value ? value_of(option.placeholder, option.values) : "");
    lines += " \\\n        " + shell_word(spec);
  }
  return lines;
}

std::string positional_line(const Positional& positional, std::size_t place) {
  return " \\\n        " + shell_word((positional.repeatable ? "*" : std::to_string(place)) +
                                      value_of(positional.name, positional.values));
}

std::string command_case(const Command& command) {
  std::string out = fmt::format("    ({})\n      _arguments -s -S", command.name);
  for (const Option& option : command.options) {
    out += option_lines(option);
  }
  for (std::size_t i = 0; i < command.positionals.size(); ++i) {
    out += positional_line(command.positionals[i], i + 1);
  }
  return out + "\n      ;;\n";
}

}  // namespace

std::string zsh_completion(const Program& program) {
  std::string commands;
  std::string cases;
  for (const Command& command : program.commands) {
    commands += "\n    " + shell_word(command.name + ":" + escaped(command.summary, ":"));
    cases += command_case(command);
  }
  std::string out =
      "#compdef hindcast\n"
      "# Completes the command line of hindcast for zsh.\n"
      "# Written by hindcast_manual from what --help prints.\n\n"
      "_hindcast_commands() {\n  local -a commands=(" +
      commands + "\n  )\n  _describe -t commands command commands\n}\n\n";
  out +=
      "_hindcast() {\n  local curcontext=$curcontext state line\n  typeset -A opt_args\n"
      "  _arguments -C -S";
  for (const Option& option : program.itself.options) {
    out += option_lines(option);
  }
  out +=
      " \\\n        '1: :_hindcast_commands' \\\n        '*:: :->arguments' && return\n"
      "  [[ $state == arguments ]] || return 1\n"
      "  curcontext=${curcontext%:*:*}:hindcast-$words[1]:\n"
      "  case $words[1] in\n" +
      cases + "    (*)\n      return 1\n      ;;\n  esac\n}\n\n";
  // What is autoloaded is called for the first completion, too; what is sourced is not.
  return out +
         "if [[ $funcstack[1] == _hindcast ]]; then\n  _hindcast \"$@\"\nelse\n"
         "  compdef _hindcast hindcast\nfi\n";
}

}  // namespace hindcast::manual
