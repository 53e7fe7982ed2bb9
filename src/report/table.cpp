// What a person reads on a terminal after `analyze`.

#include <fmt/format.h>

#include "hindcast/report/writers.hpp"

#include "base/text.hpp"
#include "report/layer_table.hpp"
#include "report/legend.hpp"
#include "report/number_text.hpp"
#include "report/row_order.hpp"
#include "report/schedule_table.hpp"
#include "report/scores_text.hpp"
#include "report/text_table.hpp"

namespace hindcast::report {
namespace {

using Align = TextTable::Align;

// Of the names of checkpoints where those of runs are more important.
constexpr std::size_t kLeastLast = 10;

std::optional<double> mean_of(const CheckpointReport& checkpoint, std::string_view key) {
  for (const metrics::Aggregate& aggregate : checkpoint.summary.aggregates) {
    if (aggregate.metric == key) {
      return aggregate.mean;
    }
  }
  return std::nullopt;
}

// "0.9865", or "0.9865 (of 2)" where not all layers have a value.
std::string mean_text(const CheckpointReport& checkpoint, std::string_view key) {
  const std::string mean = number(mean_of(checkpoint, key));
  const auto place =
      std::ranges::find(checkpoint.summary.aggregates, key, &metrics::Aggregate::metric);
  const bool is_of_all = place == checkpoint.summary.aggregates.end() || place->layers == 0 ||
                         place->layers == std::ssize(checkpoint.layers);
  return is_of_all ? mean : fmt::format("{} (of {})", mean, place->layers);
}

// "knowledge gain 0.2, stable rank 9.5"
std::string means(const CheckpointReport& checkpoint, const OptionsEcho& options) {
  std::vector<std::string> out;
  for (const Shown& shown : shown_of(options, {{"knowledge gain", "knowledge_gain"},
                                               {"stable rank", "stable_rank"},
                                               {"condition", "condition_number"},
                                               {"rotation", "rotation"}})) {
    out.push_back(fmt::format("{} {}", shown.heading, mean_text(checkpoint, shown.key)));
  }
  return join(out, ", ");
}

std::string title(const RunReport& run) {
  const std::string from =
      run.initial.checkpoint
          ? fmt::format("rotation from '{}' ({})", printable(*run.initial.checkpoint),
                        run.initial.reason)
          : fmt::format("no initial checkpoint: rotation from the first one, '{}'",
                        printable(run.checkpoints.front().name));
  return fmt::format("run '{}', {} checkpoint{}, {}\n", printable(run.name), run.checkpoints.size(),
                     run.checkpoints.size() == 1 ? "" : "s", from);
}

std::string count_of(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

// A line that says what could not be done.
std::string toned_line(const std::string& line, const TextStyle& style) {
  std::string text = prose(line + "\n", style);
  text.pop_back();
  return toned(text, Tone::trouble, style) + "\n";
}

// Why the checkpoints stand in this order, and which files are copies of one of them.
std::string order_lines(const RunReport& run) {
  std::string out;
  if (run.checkpoints.size() > 1 && !run.order.reason.empty()) {
    out += fmt::format("ordered by {}\n", printable_line(run.order.reason));
  }
  for (const CheckpointReport& checkpoint : run.checkpoints) {
    if (!checkpoint.aliases.empty()) {
      out += fmt::format("'{}' is also {}\n", printable(checkpoint.name),
                         printable_line(join(checkpoint.aliases, ", ")));
    }
  }
  return out;
}

std::string place_in_run(const std::optional<std::int64_t>& number) {
  return number ? fmt::format("{}", *number) : "-";
}

std::string checkpoint_table(const RunReport& run, const OptionsEcho& asked,
                             const TextStyle& style) {
  const std::string score = leading_score(run);
  const std::vector<Shown> shown =
      shown_of(asked, {{"gain", "knowledge_gain"}, {"rotation", "rotation"}});
  std::vector<TextTable::Column> columns = {{.title = "checkpoint", .least = kLeastName},
                                            {.title = "step", .align = Align::right},
                                            {.title = "epoch", .align = Align::right}};
  for (const Shown& one : shown) {
    columns.push_back({.title = one.heading, .align = Align::right});
  }
  if (!score.empty()) {
    columns.push_back({.title = shown_name(score, style), .align = Align::right});
  }
  columns.push_back({.title = "path", .least = kLeastName});
  TextTable table(columns);
  for (const CheckpointReport& checkpoint : run.checkpoints) {
    std::vector<std::string> row = {shown_name(checkpoint.name, style),
                                    place_in_run(checkpoint.step), place_in_run(checkpoint.epoch)};
    for (const Shown& one : shown) {
      row.push_back(number(mean_of(checkpoint, one.key)));
    }
    if (!score.empty()) {
      row.push_back(number(score_of(checkpoint, score)));
    }
    row.push_back(shown_name(checkpoint.path, style));
    table.row(row);
  }
  return table.text(style);
}

const CheckpointReport* last_of(const RunReport& run) {
  return run.checkpoints.empty() ? nullptr : &run.checkpoints.back();
}

std::optional<double> last_mean_of(const RunReport& run, std::string_view key) {
  const CheckpointReport* const last = last_of(run);
  return last == nullptr ? std::nullopt : mean_of(*last, key);
}

// One row per run, at its last checkpoint.
std::string runs_table(const Report& report, const TableOptions& options) {
  const TextStyle& style = options.style;
  const std::vector<Shown> shown = shown_of(report.options,
                                            {{"gain", "knowledge_gain"},
                                             {"stable rank", "stable_rank"},
                                             {"condition", "condition_number"},
                                             {"rotation", "rotation"}},
                                            options.order);
  std::vector<TextTable::Column> columns = {
      {.title = "run", .least = kLeastName},
      {.title = "checkpoints", .align = Align::right, .brief = "n", .drop = 1},
      {.title = "last", .least = kLeastLast, .drop = 2}};
  for (const Shown& one : shown) {
    columns.push_back({.title = one.heading, .align = Align::right});
  }
  columns.push_back({.title = ""});
  TextTable table(columns);
  const std::vector<std::size_t> rows = rows_to_show(
      report.runs.size(), options,
      [&](std::size_t i) { return last_mean_of(report.runs[i], options.order.metric); });
  for (const std::size_t i : rows) {
    const RunReport& run = report.runs[i];
    std::vector<std::string> row = {
        shown_name(run.name, style), fmt::format("{}", run.checkpoints.size()),
        last_of(run) == nullptr ? "-" : shown_name(last_of(run)->name, style)};
    for (const Shown& one : shown) {
      row.push_back(last_of(run) == nullptr ? "-" : mean_text(*last_of(run), one.key));
    }
    row.push_back(run.unread.empty() ? "" : fmt::format("{} not read", run.unread.size()));
    table.row(row);
    table.tint(columns.size() - 1, Tone::trouble);
  }
  return prose(fmt::format("{}, means over the layers of the last checkpoint of each:\n\n",
                           count_of(report.runs.size(), "run")),
               style) +
         table.text(style) + prose(more_of(report.runs.size(), rows.size(), "run"), style) +
         no_room_line(table.left_out(style), style);
}

std::string run_text(const RunReport& run, const OptionsEcho& asked, const TableOptions& options) {
  const TextStyle& style = options.style;
  if (run.checkpoints.empty()) {
    return toned_line(fmt::format("run '{}': no checkpoint could be read", printable(run.name)),
                      style);
  }
  const CheckpointReport& last = run.checkpoints.back();
  std::string out = prose(title(run) + order_lines(run), style);
  if (options.verbose) {
    out += "\n" + checkpoint_table(run, asked, style) + "\n" + rates_table(run, style);
  }
  out += prose(fmt::format("at '{}':\n\n", printable(last.name)), style);
  out += layer_table(run, asked, options);
  out += prose(fmt::format("\nmean over {}: {}\n", count_of(last.layers.size(), "layer"),
                           means(last, asked)) +
                   scores_line(run) + schedule_lines(run) +
                   fmt::format("ledger: {}\n", describe(last.ledger)),
               style);
  if (!run.unread.empty()) {
    out += toned_line(fmt::format("not read: {} checkpoint{}", run.unread.size(),
                                  run.unread.size() == 1 ? "" : "s"),
                      style);
  }
  if (!run.changes.empty()) {
    out += prose(
        fmt::format("layers that appeared, vanished or changed shape: {}\n", run.changes.size()),
        style);
  }
  return out;
}

}  // namespace

std::string describe(const Ledger& ledger) {
  std::string reasons;
  std::int64_t skipped = 0;
  for (const auto& [reason, count] : ledger.skipped) {
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", count, reason);
    skipped += count;
  }
  return fmt::format("{} tensors = {} analysed + {} skipped{}", ledger.tensors, ledger.analysed,
                     skipped, reasons.empty() ? "" : " (" + reasons + ")");
}

std::string to_table(const Report& report, const TableOptions& options) {
  std::string out;
  if (report.runs.size() == 1 || options.verbose) {
    for (const RunReport& run : report.runs) {
      out += (out.empty() ? "" : "\n") + run_text(run, report.options, options);
    }
  }
  if (report.runs.size() > 1) {
    out += (out.empty() ? "" : "\n") + runs_table(report, options);
  }
  return out + (options.legend ? "\n" + legend_of(report, options) : "");
}

}  // namespace hindcast::report
