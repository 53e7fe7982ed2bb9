// Pages in the man(7) macros, which groff and mandoc both read: groff_man(7), mandoc's man(7).
//
// No page has a date: the same sources give the same bytes.

#include "man_page.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "hindcast/version.hpp"

#include "base/shown_text.hpp"
#include "base/text.hpp"

namespace hindcast::manual {
namespace {

// A formatter would make a hyphen, quotation marks and accents of what is to be typed.
std::string escaped(std::string_view line) {
  std::string out(line.starts_with('.') ? "\\&" : "");
  for (const char c : line) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '"':
        out += "\\(dq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + escaped(text) + "\\fR";
}

std::string escaped_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    out += line.empty() ? "" : escaped(line) + "\n";
  }
  return out;
}

// Lines of the source are kept short, for who compares two releases.
std::string filled(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return escaped_lines(wrapped(text, {.width = 72, .hang = 0}));
}

std::string as_typed(std::string_view lines) {
  return ".EX\n" + escaped_lines(lines) + ".EE\n";
}

// A table of words, told by its indented lines, stays as it is.
std::string paragraph(const std::string& text) {
  return ".PP\n" + (text.find("\n  ") == std::string::npos ? filled(text) : as_typed(text));
}

std::string section(std::string_view name, const std::string& text) {
  return text.empty() ? "" : fmt::format(".SH {}\n{}", name, text);
}

std::string sentence(const std::string& text) {
  return text + (text.ends_with('.') ? "" : ".");
}

std::string page_name(const Command& command) {
  return command.name.empty() ? "hindcast" : "hindcast-" + command.name;
}

std::string reference(const Command& command) {
  return bold(page_name(command)) + "(1)";
}

std::string title(const Command& command, const std::string& summary) {
  const std::string name = page_name(command);
  std::string large = name;
  std::ranges::transform(large, large.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  return fmt::format(
      ".\\\" Written by hindcast_manual from what --help prints.\n"
      ".TH {} 1 \"\" \"hindcast {}\" \"hindcast manual\"\n"
      ".SH NAME\n{} \\- {}\n",
      escaped(large), version(), escaped(name), escaped(summary));
}

std::string placeholder_of(const Positional& positional) {
  const std::string name = italic(positional.name) + (positional.repeatable ? " .\\|.\\|." : "");
  return positional.required ? name : "[" + name + "]";
}

std::string synopsis(const Command& command) {
  std::string line = bold("hindcast") + (command.name.empty() ? "" : " " + bold(command.name)) +
                     " [" + italic("OPTIONS") + "]";
  line += command.name.empty() ? " " + italic("COMMAND") : "";
  for (const Positional& positional : command.positionals) {
    line += " " + placeholder_of(positional);
  }
  return line + "\n";
}

std::string item(const std::string& tag, const std::string& text) {
  return ".TP\n" + tag + "\n" + filled(text);
}

std::string arguments_of(const Command& command) {
  std::string out;
  for (const Positional& positional : command.positionals) {
    out += item(placeholder_of(positional), sentence(positional.help));
  }
  return out;
}

std::string option_item(const Option& option) {
  std::string tag;
  for (const std::string& name : option.names) {
    tag += (tag.empty() ? "" : ", ") + bold(name);
  }
  if (!option.placeholder.empty()) {
    tag += " " + italic(option.placeholder);
  }
  std::string text = sentence(option.help);
  if (option.required) {
    text += " Required.";
  }
  if (!option.default_value.empty()) {
    text += fmt::format(" Default: {}.", option.default_value);
  }
  return item(tag, text);
}

// In the order of --help: those without a heading of their own, then each heading.
std::string options_of(const Command& command) {
  std::vector<std::string> groups;
  for (const Option& option : command.options) {
    if (std::ranges::find(groups, option.group) == groups.end()) {
      groups.push_back(option.group);
    }
  }
  std::string out;
  for (const std::string& group : groups) {
    out += group == "Options" ? "" : fmt::format(".SS {}\n", escaped(group));
    for (const Option& option : command.options) {
      out += option.group == group ? option_item(option) : "";
    }
  }
  return out;
}

std::string paragraphs_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += paragraph(text);
  }
  // A heading makes a paragraph by itself.
  return out.empty() ? out : out.substr(out.find('\n') + 1);
}

std::string description_of(const Command& command) {
  std::vector<std::string> paragraphs = command.paragraphs;
  paragraphs.insert(paragraphs.begin(), sentence(command.summary));
  return paragraphs_of(paragraphs);
}

std::string see_also(const Program& program, const Command& command) {
  std::vector<std::string> references;
  if (!command.name.empty()) {
    references.push_back(reference(program.itself));
  }
  for (const Command& other : program.commands) {
    if (other.name != command.name) {
      references.push_back(reference(other));
    }
  }
  return join(references, ",\n") + "\n";
}

std::string sections(const Program& program, const Command& command, const std::string& commands) {
  return section("SYNOPSIS", synopsis(command)) + section("DESCRIPTION", description_of(command)) +
         section("COMMANDS", commands) + section("ARGUMENTS", arguments_of(command)) +
         section("OPTIONS", options_of(command)) +
         section("EXIT STATUS", paragraphs_of(command.exit_status)) +
         section("EXAMPLES", as_typed(command.examples)) +
         section("SEE ALSO", see_also(program, command));
}

}  // namespace

std::string program_page(const Program& program) {
  std::string commands;
  for (const Command& command : program.commands) {
    commands += item(reference(command), sentence(command.summary));
  }
  return title(program.itself, "How well did a network learn? Its checkpoints tell") +
         sections(program, program.itself, commands);
}

std::string command_page(const Program& program, const Command& command) {
  return title(command, command.summary) + sections(program, command, "");
}

}  // namespace hindcast::manual
