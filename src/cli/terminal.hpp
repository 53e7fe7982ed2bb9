#pragma once

// How results for people are shown: options of every command that prints a table of a report.

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "hindcast/report/writers.hpp"

namespace hindcast::cli {

/// What was typed.
struct StyleArguments {
  std::optional<std::int64_t> width;
  std::string color = "auto";
  bool ascii = false;
};

void add_style_options(CLI::App& app, StyleArguments& arguments);

/// What stdout can show, as far as nothing else was asked for. On a terminal that is its width
/// (COLUMNS, else what the terminal says), colours unless NO_COLOR is set or TERM is "dumb", and no
/// more than ASCII in a locale without UTF-8. Anything else gets the same bytes wherever it runs:
/// no limit of width, no colours, UTF-8. Throws Error{usage}.
[[nodiscard]] report::TextStyle style_of(const StyleArguments& arguments);

/// What was typed.
struct TableArguments {
  StyleArguments style;
  std::string sort;
  std::optional<std::int64_t> top;
  bool legend = false;
};

/// Those of the style, too.
void add_table_options(CLI::App& app, TableArguments& arguments);

/// Throws Error{usage}.
[[nodiscard]] report::TableOptions table_options_of(const TableArguments& arguments);

/// The width for paragraphs of text: that of the terminal up to 100, else 80.
[[nodiscard]] std::size_t paragraph_width();

}  // namespace hindcast::cli
