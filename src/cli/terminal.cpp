// https://no-color.org says when colours are unwanted.

#include "cli/terminal.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric_set.hpp"

#include "base/text.hpp"
#include "cli/options.hpp"
#include "metrics/spoken_names.hpp"

namespace hindcast::cli {
namespace {

// Less is no table any more; a terminal that is narrower breaks the lines itself.
constexpr std::size_t kLeastWidth = 40;
constexpr std::size_t kMostWidth = 10'000;
constexpr std::size_t kUsualWidth = 80;
constexpr std::size_t kMostParagraph = 100;

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it.
  return value == nullptr ? "" : value;
}

bool is_terminal() {
  return isatty(STDOUT_FILENO) == 1;
}

// 0 where it is no such number.
std::size_t width_in(std::string_view text) {
  std::size_t width = 0;
  return CLI::detail::lexical_cast(std::string(text), width) && width <= kMostWidth ? width : 0;
}

std::size_t terminal_width() {
  std::size_t width = width_in(environment("COLUMNS"));
  winsize size = {};
  if (width == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    width = size.ws_col;
  }
  return std::max(width == 0 ? kUsualWidth : width, kLeastWidth);
}

bool shows_colours() {
  return is_terminal() && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

// As the C library chooses the locale of characters, whether or not it is installed here.
bool shows_utf8() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const std::string locale = lowered(environment(name)); !locale.empty()) {
      return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    }
  }
  return false;
}

std::size_t asked_width(std::int64_t width) {
  const auto least = static_cast<std::int64_t>(kLeastWidth);
  const auto most = static_cast<std::int64_t>(kMostWidth);
  if (width != 0 && (width < least || width > most)) {
    throw Error(ErrorCode::usage,
                fmt::format("--width: must be 0, or from {} to {}", kLeastWidth, kMostWidth));
  }
  return static_cast<std::size_t>(width);
}

// "stable_rank" or "stable_rank:lowest"
report::TableOrder order_of(const std::string& text) {
  using First = report::TableOrder::First;
  const std::size_t colon = std::min(text.find(':'), text.size());
  report::TableOrder order{.metric = metrics::key_meant_by(text.substr(0, colon)),
                           .first = First::worst};
  with_context("--sort", [&] {
    if (order.metric == "rate" || order.metric == "next_rate") {
      throw Error(ErrorCode::usage,
                  "rates are no metric of layers; schedule.csv of --csv has them");
    }
    const std::vector<std::string> keys = {text.substr(0, colon)};
    (void)metrics::MetricSet(keys);  // Throws where there is no such metric.
    if (colon == text.size()) {
      return;
    }
    const std::string first = lowered(text.substr(colon + 1));
    if (first != "lowest" && first != "largest") {
      throw Error(ErrorCode::usage, fmt::format("after the colon must stand lowest or largest, not "
                                                "'{}'",
                                                printable(first)));
    }
    order.first = first == "lowest" ? First::lowest : First::largest;
  });
  return order;
}

}  // namespace

void add_style_options(CLI::App& app, StyleArguments& arguments) {
  constexpr const char* kGroup = "Terminal";
  app.add_option("--width", arguments.width,
                 "Columns that tables keep to; 0: as many as they need (default: those of the "
                 "terminal, else 0)")
      ->group(kGroup)
      ->check(is_whole_number())
      ->type_name("N");
  app.add_option("--color", arguments.color,
                 "Colours where they mean something; --legend says what")
      ->group(kGroup)
      ->check(is_one_of({"auto", "always", "never"}))
      ->type_name("auto|always|never")
      ->capture_default_str();
  app.add_flag("--ascii", arguments.ascii,
               "No character beyond ASCII (default: on a terminal whose locale has no UTF-8)")
      ->group(kGroup);
}

report::TextStyle style_of(const StyleArguments& arguments) {
  const bool on_terminal = is_terminal();
  return {.width = arguments.width ? asked_width(*arguments.width)
                   : on_terminal   ? terminal_width()
                                   : 0,
          .ascii = arguments.ascii || (on_terminal && !shows_utf8()),
          .colour = arguments.color == "always" || (arguments.color == "auto" && shows_colours())};
}

void add_table_options(CLI::App& app, TableArguments& arguments) {
  constexpr const char* kGroup = "Terminal";
  app.add_option(
         "--sort", arguments.sort,
         "Rows by this metric, the worst first, or the largest where no source says what is "
         "better; METRIC:lowest or METRIC:largest say so")
      ->group(kGroup)
      ->check(is_not_empty())
      ->type_name("METRIC");
  app.add_option("--top", arguments.top, "No more rows than this")
      ->group(kGroup)
      ->check(is_whole_number())
      ->type_name("N");
  app.add_flag("--legend", arguments.legend, "Say below the table what its columns mean")
      ->group(kGroup);
  add_style_options(app, arguments.style);
}

report::TableOptions table_options_of(const TableArguments& arguments) {
  report::TableOptions options;
  options.style = style_of(arguments.style);
  options.legend = arguments.legend;
  if (!arguments.sort.empty()) {
    options.order = order_of(arguments.sort);
  }
  if (arguments.top) {
    if (*arguments.top < 1) {
      throw Error(ErrorCode::usage, "--top: must be at least 1");
    }
    options.top = static_cast<std::size_t>(*arguments.top);
  }
  return options;
}

std::size_t paragraph_width() {
  return is_terminal() ? std::min(terminal_width(), kMostParagraph) : kUsualWidth;
}

}  // namespace hindcast::cli
