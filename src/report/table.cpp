// What a person reads on a terminal after `analyze`.

#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "hindcast/base/text.hpp"
#include "hindcast/metrics/metric.hpp"
#include "hindcast/report/writers.hpp"

#include "report/scores_text.hpp"
#include "report/text_table.hpp"

namespace hindcast::report {
namespace {

constexpr std::size_t kSparklineBars = 24;

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

// EVBMF's rank over the rows of each unfolding: "6/32 5/16".
std::string ranks(const LayerReport& layer) {
  std::string out;
  for (const metrics::UnfoldingMeasurement& side : layer.measured.unfoldings) {
    out += out.empty() ? "" : " ";
    out += side.exact.value ? fmt::format("{}/{}", side.exact.value->rank, side.rows)
                            : fmt::format("-/{}", side.rows);
  }
  return out;
}

using Histories = std::unordered_map<std::string_view, std::vector<double>>;

// Each layer's knowledge gain at every checkpoint; not a number where it has none.
Histories gain_histories(const RunReport& run) {
  Histories histories;
  for (std::size_t t = 0; t < run.checkpoints.size(); ++t) {
    for (const LayerReport& layer : run.checkpoints[t].layers) {
      const auto place = histories.try_emplace(layer.name, run.checkpoints.size(),
                                               std::numeric_limits<double>::quiet_NaN());
      place.first->second[t] = metrics::value(layer.measured, "knowledge_gain")
                                   .value_or(std::numeric_limits<double>::quiet_NaN());
    }
  }
  return histories;
}

std::string next_rate(const RunReport& run, const std::string& layer) {
  if (!run.schedule || run.schedule->epochs.empty()) {
    return "-";
  }
  const ScheduleReport& schedule = *run.schedule;
  for (std::size_t p = 0; p < schedule.parameters.size(); ++p) {
    if (schedule.parameters[p] == layer) {
      return number(schedule.epochs.back().rates[p]);
    }
  }
  return "-";
}

std::string status_mark(const metrics::StatusSet& status) {
  std::string out;
  for (const metrics::Status one : status.list()) {
    out += (out.empty() ? "" : ", ") + std::string(metrics::name(one));
  }
  return out;
}

std::string layer_table(const RunReport& run, const CheckpointReport& last) {
  using Align = TextTable::Align;
  TextTable table({{"layer", Align::left},
                   {"shape", Align::left},
                   {"rank out, in", Align::right},
                   {"gain", Align::right},
                   {"over the run", Align::left},
                   {"condition", Align::right},
                   {"rotation", Align::right},
                   {"next rate", Align::right},
                   {"", Align::left}});
  const Histories histories = gain_histories(run);
  for (const LayerReport& layer : last.layers) {
    table.row({printable(layer.name), join(layer.shape, "x"), ranks(layer),
               number(metrics::value(layer.measured, "knowledge_gain")),
               sparkline(histories.at(layer.name), kSparklineBars),
               number(metrics::value(layer.measured, "condition_number")),
               number(layer.measured.rotation), next_rate(run, layer.name),
               status_mark(layer.measured.status)});
  }
  return table.text();
}

// A metric that has a column, and its heading.
struct Shown {
  std::string heading;
  std::string key;
};

// The metrics that were asked for, or those that tell most.
std::vector<Shown> shown_of(const OptionsEcho& options, const std::vector<Shown>& usual) {
  if (options.metrics.empty()) {
    return usual;
  }
  std::vector<Shown> shown;
  for (const std::string& key : options.metrics) {
    shown.push_back({.heading = key, .key = key});
  }
  return shown;
}

std::string chosen_layer_table(const OptionsEcho& options, const CheckpointReport& last) {
  using Align = TextTable::Align;
  std::vector<TextTable::Column> columns = {{"layer", Align::left}, {"shape", Align::left}};
  for (const std::string& key : options.metrics) {
    columns.push_back({key, Align::right});
  }
  columns.push_back({"", Align::left});
  TextTable table(columns);
  for (const LayerReport& layer : last.layers) {
    std::vector<std::string> row = {printable(layer.name), join(layer.shape, "x")};
    for (const std::string& key : options.metrics) {
      row.push_back(number(metrics::value(layer.measured, key)));
    }
    row.push_back(status_mark(layer.measured.status));
    table.row(row);
  }
  return table.text();
}

std::string mean_of(const CheckpointReport& checkpoint, std::string_view key) {
  for (const metrics::Aggregate& aggregate : checkpoint.summary.aggregates) {
    if (aggregate.metric == key) {
      return number(aggregate.mean);
    }
  }
  return "-";
}

// "knowledge gain 0.2, stable rank 9.5"
std::string means(const CheckpointReport& checkpoint, const OptionsEcho& options) {
  std::vector<std::string> out;
  for (const Shown& shown : shown_of(options, {{"knowledge gain", "knowledge_gain"},
                                               {"stable rank", "stable_rank"},
                                               {"condition", "condition_number"},
                                               {"rotation", "rotation"}})) {
    out.push_back(fmt::format("{} {}", shown.heading, mean_of(checkpoint, shown.key)));
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

std::string schedule_lines(const RunReport& run) {
  if (!run.schedule) {
    return fmt::format("schedule: none, {}\n", run.no_schedule);
  }
  const ScheduleReport& schedule = *run.schedule;
  std::string out = fmt::format(
      "schedule: RMSGD {}, init_lr {}, beta {}{}; parameter order from {}\n",
      schedule::name(schedule.options.variant), shortest(schedule.options.init_lr),
      shortest(schedule.options.beta), schedule.options.linear ? ", linear layers tracked" : "",
      schedule.order_evidence);
  for (const std::string& note : schedule.notes) {
    out += fmt::format("  {}\n", note);
  }
  out += used_rates_line(schedule);
  if (!schedule.sensitive.empty()) {
    out += fmt::format(
        "  {} of {} rates change by more than 10 % with EVBMF's exact minimum instead\n",
        schedule.sensitive.size(), schedule.epochs.size() * schedule.parameters.size());
  }
  return out;
}

std::string count_of(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
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

std::string checkpoint_table(const RunReport& run, const OptionsEcho& options) {
  using Align = TextTable::Align;
  const std::string score = leading_score(run);
  const std::vector<Shown> shown =
      shown_of(options, {{"gain", "knowledge_gain"}, {"rotation", "rotation"}});
  std::vector<TextTable::Column> columns = {
      {"checkpoint", Align::left}, {"step", Align::right}, {"epoch", Align::right}};
  for (const Shown& one : shown) {
    columns.push_back({one.heading, Align::right});
  }
  if (!score.empty()) {
    columns.push_back({printable(score), Align::right});
  }
  columns.push_back({"path", Align::left});
  TextTable table(columns);
  for (const CheckpointReport& checkpoint : run.checkpoints) {
    std::vector<std::string> row = {printable(checkpoint.name), place_in_run(checkpoint.step),
                                    place_in_run(checkpoint.epoch)};
    for (const Shown& one : shown) {
      row.push_back(mean_of(checkpoint, one.key));
    }
    if (!score.empty()) {
      row.push_back(number(score_of(checkpoint, score)));
    }
    row.push_back(printable(checkpoint.path));
    table.row(row);
  }
  return table.text();
}

// One row per run, at its last checkpoint.
std::string runs_table(const Report& report) {
  using Align = TextTable::Align;
  const std::vector<Shown> shown = shown_of(report.options, {{"gain", "knowledge_gain"},
                                                             {"stable rank", "stable_rank"},
                                                             {"condition", "condition_number"},
                                                             {"rotation", "rotation"}});
  std::vector<TextTable::Column> columns = {
      {"run", Align::left}, {"checkpoints", Align::right}, {"last", Align::left}};
  for (const Shown& one : shown) {
    columns.push_back({one.heading, Align::right});
  }
  columns.push_back({"", Align::left});
  TextTable table(columns);
  for (const RunReport& run : report.runs) {
    const CheckpointReport* const last =
        run.checkpoints.empty() ? nullptr : &run.checkpoints.back();
    std::vector<std::string> row = {printable(run.name), fmt::format("{}", run.checkpoints.size()),
                                    last == nullptr ? "-" : printable(last->name)};
    for (const Shown& one : shown) {
      row.push_back(last == nullptr ? "-" : mean_of(*last, one.key));
    }
    row.push_back(run.unread.empty() ? "" : fmt::format("{} not read", run.unread.size()));
    table.row(row);
  }
  return fmt::format("{}, means over the layers of the last checkpoint of each:\n\n{}",
                     count_of(report.runs.size(), "run"), table.text());
}

std::string run_text(const RunReport& run, const OptionsEcho& asked, const TableOptions& options) {
  if (run.checkpoints.empty()) {
    return fmt::format("run '{}': no checkpoint could be read\n", printable(run.name));
  }
  const CheckpointReport& last = run.checkpoints.back();
  std::string out = title(run) + order_lines(run);
  if (options.verbose) {
    out += "\n" + checkpoint_table(run, asked) + "\n" + rates_table(run);
  }
  out += fmt::format("at '{}':\n\n", printable(last.name));
  out += asked.metrics.empty() ? layer_table(run, last) : chosen_layer_table(asked, last);
  out += fmt::format("\nmean over {} layers: {}\n", last.layers.size(), means(last, asked));
  out += scores_line(run);
  out += schedule_lines(run);
  out += fmt::format("ledger: {}\n", describe(last.ledger));
  if (!run.unread.empty()) {
    out += fmt::format("not read: {} checkpoint{}\n", run.unread.size(),
                       run.unread.size() == 1 ? "" : "s");
  }
  if (!run.changes.empty()) {
    out += fmt::format("layers that appeared, vanished or changed shape: {}\n", run.changes.size());
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
  if (report.runs.size() > 1 && !options.verbose) {
    return runs_table(report);
  }
  std::string out;
  for (const RunReport& run : report.runs) {
    out += (out.empty() ? "" : "\n") + run_text(run, report.options, options);
  }
  if (report.runs.size() > 1) {
    out += "\n" + runs_table(report);
  }
  return out;
}

}  // namespace hindcast::report
