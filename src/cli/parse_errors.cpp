// CLI11's complaints in our words. What could not be placed comes first, because a misspelt command
// or option is also why something else seems to be missing.

#include "cli/parse_errors.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::cli {
namespace {

using Names = std::vector<std::string_view>;

Names option_names(const CLI::App& app) {
  Names names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back(name);
    }
  }
  return names;
}

std::string see_help(const CLI::App& app) {
  const std::string above = app.get_parent() != nullptr ? app.get_parent()->get_name() + " " : "";
  return fmt::format("; see '{}{} --help'", above, app.get_name());
}

// "unknown option '--jsn', did you mean '--json'?"
std::string unknown_option(const CLI::App& owner, const std::string& typed) {
  const bool is_long = typed.starts_with("--");
  const std::string name = is_long ? typed.substr(2, typed.find('=') - 2) : "";
  const Names names = option_names(owner);
  const std::string_view near = is_long ? nearest(name, names) : "";
  return fmt::format("unknown option '{}'{}", typed,
                     near.empty() ? see_help(owner) : fmt::format(", did you mean '--{}'?", near));
}

std::string unknown_command(const CLI::App& app, const std::string& typed) {
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands({})) {
    commands.push_back(command->get_name());
  }
  const std::string_view near = nearest(typed, Names(commands.begin(), commands.end()));
  return fmt::format("unknown command '{}'{}", typed,
                     near.empty() ? see_help(app) : fmt::format(", did you mean '{}'?", near));
}

std::string describe_extra(const CLI::App& owner, const std::string& extra) {
  if (extra.size() > 1 && extra.front() == '-') {
    return unknown_option(owner, extra);
  }
  return owner.get_parent() == nullptr ? unknown_command(owner, extra)
                                       : fmt::format("unexpected argument '{}'", extra);
}

// CLI11 names the option first: "--init: 1 required FILE missing".
std::string describe_mismatch(const CLI::App& command, const std::string& text) {
  const std::string name = text.substr(0, text.find(':'));
  const CLI::Option* const option = command.get_option_no_throw(name);
  if (option == nullptr) {
    return text;
  }
  return option->count() > 1 ? fmt::format("{} is given more than once", name)
                             : fmt::format("{} needs a value: {}", name, option->get_type_name());
}

std::string describe(const CLI::App& app, const CLI::ParseError& error) {
  const auto parsed = app.get_subcommands();
  const CLI::App& command = parsed.empty() ? app : *parsed.front();
  for (const CLI::App* owner : {&app, &command}) {
    const std::vector<std::string> extras = owner->remaining();
    if (!extras.empty()) {
      return describe_extra(*owner, extras.front());
    }
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return (&command == &app ? "no command given" : error.what()) + see_help(command);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return describe_mismatch(command, error.what());
  }
  const std::string text = error.what();
  // A sentence begins with one large letter, the name of an argument with more.
  const bool is_sentence = text.size() < 2 || !(text[1] >= 'A' && text[1] <= 'Z');
  return is_sentence ? lowered(text.substr(0, 1)) + text.substr(1) : text;
}

}  // namespace

std::string describe_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  return printable_line(describe(app, error));
}

}  // namespace hindcast::cli
