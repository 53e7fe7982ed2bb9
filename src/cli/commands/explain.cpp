// hindcast explain: what a number of a report means.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/shown_text.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/github_actions.hpp"
#include "cli/messages.hpp"
#include "cli/terminal.hpp"
#include "metrics/spoken_names.hpp"
#include "report/explanations.hpp"
#include "report/status_texts.hpp"

namespace hindcast::cli {
namespace {

constexpr std::size_t kLabel = 9;

// "range    0 to 1", broken so that what is said stands in one column.
std::string field(std::string_view label, std::string_view text) {
  return wrapped(fmt::format("{:<{}}{}", label, kLabel, text),
                 {.width = paragraph_width(), .hang = kLabel});
}

std::string paragraph(std::string_view text) {
  return wrapped(text, {.width = paragraph_width(), .hang = 0});
}

// Statuses in any letter case, too.
const report::StatusText* status_of(const std::string& name) {
  return report::find_status_text(metrics::key_meant_by(name));
}

std::string text_of(const std::string& name) {
  if (const report::StatusText* const status = status_of(name)) {
    return fmt::format("{}\n\n{}", status->name,
                       paragraph("A status. " + std::string(status->meaning)));
  }
  const report::Explained explained = report::explain(name);
  const report::Explanation& metric = *explained.explanation;
  std::string out = fmt::format("{}\n\n{}", explained.name, paragraph(metric.meaning));
  for (const std::string& note : explained.notes) {
    out += "\n" + paragraph(note);
  }
  return out + "\n" + field("range", metric.range) + field("good", metric.good) +
         field("formula", metric.formula) + field("source", metric.source);
}

std::string first_sentence(std::string_view text) {
  const std::size_t end = std::min(text.find(". "), text.size() - 1);
  return std::string(text.substr(0, end + 1));
}

std::string list() {
  std::string out;
  for (const report::Explanation& metric : report::explanations()) {
    out += fmt::format(
        "{}\n{}", metric.key,
        wrapped("  " + first_sentence(metric.meaning), {.width = paragraph_width(), .hang = 0}));
  }
  out += "\nStatuses, which say why a number is missing or how far to trust it:\n\n";
  for (const report::StatusText& status : report::status_texts()) {
    out += fmt::format(
        "{}\n{}", status.name,
        wrapped("  " + first_sentence(status.meaning), {.width = paragraph_width(), .hang = 0}));
  }
  return out;
}

ExitStatus explain(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : "\n") + text_of(name);
  }
  print_result(text_for_log(names.empty() ? list() : out));
  return ExitStatus::ok;
}

std::function<ExitStatus()> add(CLI::App& app) {
  const auto names = std::make_shared<std::vector<std::string>>();
  app.add_option("METRIC", *names,
                 "A number of a report, also with what stands around it: rotation, "
                 "summary.rotation.mean, low_rank.exact.rank, stable_rank@input; a heading of a "
                 "table: gain; or a status: near_resolution; none: the list")
      ->type_name("");
  app.footer(
      "Examples:\n"
      "  hindcast explain\n"
      "  hindcast explain knowledge_gain");
  return [names] { return explain(*names); };
}

}  // namespace

extern const Command explain_command;
const Command explain_command = {
    .name = "explain",
    .summary = "What a metric means, its range, what is good, its formula and source",
    .add = add,
};

}  // namespace hindcast::cli
