// What CLI11 keeps of a command line. What a value may be, it keeps only of choices; for the rest
// the placeholders speak, which --help shows ("FILE", "DIR", "METRIC").

#include "described.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "hindcast/metrics/metric.hpp"

#include "base/text.hpp"
#include "cli/options.hpp"
#include "io/checkpoint_names.hpp"
#include "report/explanations.hpp"

namespace hindcast::manual {
namespace {

using Kind = Values::Kind;

std::vector<std::string> metric_keys() {
  std::vector<std::string> keys;
  for (const metrics::Metric& metric : metrics::metrics()) {
    keys.emplace_back(metric.key);
  }
  return keys;
}

std::vector<std::string> explained_keys() {
  std::vector<std::string> keys;
  for (const report::Explanation& explanation : report::explanations()) {
    keys.emplace_back(explanation.key);
  }
  return keys;
}

std::vector<std::string> checkpoint_suffixes() {
  const auto suffixes = io::checkpoint_suffixes();
  return {suffixes.begin(), suffixes.end()};
}

std::vector<std::string> report_suffixes() {
  std::vector<std::string> suffixes = checkpoint_suffixes();
  suffixes.insert(suffixes.begin(), ".json");
  return suffixes;
}

// How the files end that an option reads or writes.
std::vector<std::string> suffixes_of(const std::string& option) {
  static const std::map<std::string, std::string> suffixes = {
      {"--json", ".json"},    {"--policy", ".json"}, {"--gate-result", ".json"},
      {"--csv", ".csv"},      {"--scores", ".csv"},  {"--long-csv", ".csv"},
      {"--wide-csv", ".csv"}, {"--junit", ".xml"},   {"--markdown", ".md"},
  };
  if (option == "--init" || option == "FILE") {
    return checkpoint_suffixes();
  }
  const auto found = suffixes.find(option);
  return found == suffixes.end() ? std::vector<std::string>() : std::vector{found->second};
}

// Of the option (or the positional) `name`.
Values values_of(CLI::Option& option, const std::string& name, const std::string& placeholder) {
  const bool is_list = placeholder.find(",...") != std::string::npos;
  if (auto choices = cli::choices_of(option); !choices.empty()) {
    return {.kind = is_list ? Kind::word_list : Kind::words, .words = std::move(choices)};
  }
  if (name == "METRIC") {
    return {.kind = Kind::words, .words = explained_keys()};
  }
  if (name == "--metrics" || placeholder == "METRIC") {
    return {.kind = is_list ? Kind::word_list : Kind::words, .words = metric_keys()};
  }
  if (placeholder == "DIR") {
    return {.kind = Kind::directories};
  }
  if (placeholder == "PATH") {
    return {.kind = Kind::files, .suffixes = checkpoint_suffixes()};
  }
  if (placeholder == "REPORT" || placeholder == "A" || placeholder == "B") {
    return {.kind = Kind::files, .suffixes = report_suffixes()};
  }
  if (placeholder == "PART") {
    return {.kind = Kind::files, .suffixes = {".json"}};
  }
  if (placeholder == "FILE") {
    return {.kind = Kind::files, .suffixes = suffixes_of(name)};
  }
  return {};
}

bool is_repeatable(const CLI::Option& option) {
  return option.get_items_expected_max() > 1 ||
         option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
}

Positional positional_of(CLI::Option& option) {
  const std::string name = option.get_name(true);
  return {.name = name,
          .help = option.get_description(),
          .values = values_of(option, name, name),
          .required = option.get_required(),
          .repeatable = is_repeatable(option)};
}

Option option_of(CLI::Option& option) {
  const bool takes_value = option.get_items_expected_max() > 0;
  Option described{.placeholder = takes_value ? option.get_type_name() : "",
                   .default_value = option.get_default_str(),
                   .help = option.get_description(),
                   .group = option.get_group(),
                   .required = option.get_required(),
                   .repeatable = takes_value && is_repeatable(option)};
  for (const std::string& name : option.get_snames()) {
    described.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    described.names.push_back("--" + name);
  }
  if (takes_value) {
    described.values = values_of(option, described.names.back(), described.placeholder);
  }
  return described;
}

// What stands between empty lines.
std::vector<std::string> paragraphs_of(const std::string& text) {
  std::vector<std::string> paragraphs;
  std::string paragraph;
  for (const std::string_view line : split(text, '\n')) {
    if (!line.empty()) {
      paragraph += std::string(paragraph.empty() ? "" : "\n") + std::string(line);
    } else if (!paragraph.empty()) {
      paragraphs.push_back(std::move(paragraph));
      paragraph.clear();
    }
  }
  if (!paragraph.empty()) {
    paragraphs.push_back(std::move(paragraph));
  }
  return paragraphs;
}

// The lines below "Examples:", as they are typed.
std::string typed_lines(std::string_view paragraph) {
  std::string lines;
  for (std::string_view line : split(paragraph.substr(paragraph.find('\n') + 1), '\n')) {
    line.remove_prefix(line.starts_with("  ") ? 2 : 0);
    lines += std::string(line) + "\n";
  }
  return lines;
}

Command command_of(CLI::App& app) {
  Command command{.name = app.get_parent() == nullptr ? "" : app.get_name(),
                  .summary = app.get_description()};
  for (CLI::Option* const option : app.get_options({})) {
    if (option->nonpositional()) {
      command.options.push_back(option_of(*option));
    } else {
      command.positionals.push_back(positional_of(*option));
    }
  }
  for (const std::string& paragraph : paragraphs_of(app.get_footer())) {
    if (paragraph.starts_with("Example")) {
      command.examples += typed_lines(paragraph);
    } else if (paragraph.starts_with("Exit status")) {
      command.exit_status.push_back(paragraph);
    } else {
      command.paragraphs.push_back(paragraph);
    }
  }
  return command;
}

}  // namespace

Program describe(const cli::Interface& interface) {
  Program program{.itself = command_of(*interface.app)};
  for (const auto& [app, execute] : interface.commands) {
    program.commands.push_back(command_of(*app));
  }
  return program;
}

}  // namespace hindcast::manual
