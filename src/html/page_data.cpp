#include "html/page_data.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "hindcast/metrics/metric.hpp"
#include "hindcast/report/writers.hpp"
#include "hindcast/version.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "correlate/choose_score.hpp"
#include "html/drawn.hpp"
#include "html/layer_rows.hpp"
#include "html/spectra_data.hpp"
#include "html/time_axis.hpp"
#include "html/verdict_data.hpp"
#include "report/layer_values.hpp"

namespace hindcast::html {
namespace {

using Numbers = std::vector<std::optional<double>>;

// What is in the page, of every run the same.
struct Shown {
  std::vector<const metrics::Metric*> metrics;
  std::vector<std::string> scores;
  SpectraShown spectra = {};
  Digits digits = Digits::all;
};

void write_numbers(JsonWriter& json, const Numbers& numbers, Digits digits) {
  json.begin_inline_array();
  for (const std::optional<double>& number : numbers) {
    json.value(drawn(number, digits));
  }
  json.end_inline_array();
}

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : texts) {
    json.value(printable_line(text));
  }
  json.end_array();
}

void write_name(JsonWriter& json, std::string_view key, std::string_view name) {
  json.member(key, printable(name));
}

// Each metric that was measured at all. Those that were left out with --metrics have no chart.
std::vector<const metrics::Metric*> shown_metrics(const report::Report& report) {
  std::vector<const metrics::Metric*> shown;
  for (const metrics::Metric& metric : metrics::metrics()) {
    const std::vector<std::string>& asked = report.options.metrics;
    if (asked.empty() || std::ranges::find(asked, metric.key) != asked.end()) {
      shown.push_back(&metric);
    }
  }
  return shown;
}

void write_metrics(JsonWriter& json, const std::vector<const metrics::Metric*>& shown) {
  json.key("metrics");
  json.begin_array();
  for (const metrics::Metric* metric : shown) {
    json.begin_object();
    json.member("key", metric->key);
    json.member("title", metric->title);
    json.end_object();
  }
  json.end_array();
}

std::vector<std::string> score_names(const report::Report& report) {
  const auto has_score = [](const report::RunReport& run) {
    return std::ranges::any_of(run.checkpoints, [](const report::CheckpointReport& checkpoint) {
      return std::ranges::any_of(checkpoint.scores,
                                 [](const auto& score) { return score.value.has_value(); });
    });
  };
  if (std::ranges::none_of(report.runs, has_score)) {
    return {};
  }
  correlate::ChosenScore chosen = correlate::choose_score(report, "");
  std::vector<std::string> names = {chosen.name};
  names.insert(names.end(), chosen.others.begin(), chosen.others.end());
  return names;
}

void write_origin(JsonWriter& json, const report::RunReport& run) {
  json.key("initial");
  json.begin_object();
  write_name(json, "checkpoint", run.initial.checkpoint.value_or(""));
  json.member("how", run.initial.how);
  json.member("reason", printable_line(run.initial.reason));
  json.end_object();
  json.key("order");
  json.begin_object();
  json.member("by", run.order.by);
  json.member("reason", printable_line(run.order.reason));
  json.end_object();
  json.key("scores_from");
  if (!run.scores) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("source", run.scores->source);
  write_name(json, "file", run.scores->file);
  json.member("matched", run.scores->matched);
  json.member("reason", printable_line(run.scores->reason));
  json.end_object();
}

bool is_same(const report::Ledger& a, const report::Ledger& b) {
  return a.tensors == b.tensors && a.analysed == b.analysed && a.skipped == b.skipped;
}

void write_coverage(JsonWriter& json, const report::RunReport& run) {
  json.key("coverage");
  if (run.checkpoints.empty()) {
    json.null();
    return;
  }
  const report::Ledger& last = run.checkpoints.back().ledger;
  json.begin_object();
  json.member("tensors", last.tensors);
  json.member("analysed", last.analysed);
  json.member("text", printable_line(report::describe(last)));
  json.member("same_in_all", std::ranges::all_of(run.checkpoints, [&](const auto& checkpoint) {
                return is_same(checkpoint.ledger, last);
              }));
  json.end_object();
}

void write_troubles(JsonWriter& json, const report::RunReport& run) {
  std::vector<std::string> warnings = run.warnings;
  for (const std::string& glob : run.unmatched_globs) {
    warnings.push_back("no layer matches: " + glob);
  }
  write_texts(json, "warnings", warnings);
  json.key("unread");
  json.begin_array();
  for (const report::UnreadCheckpoint& unread : run.unread) {
    json.begin_object();
    write_name(json, "path", unread.path);
    json.member("reason", printable_line(unread.reason));
    json.end_object();
  }
  json.end_array();
  json.key("changes");
  json.begin_array();
  for (const report::LayerChange& change : run.changes) {
    json.begin_object();
    write_name(json, "checkpoint", change.checkpoint);
    write_name(json, "layer", change.layer);
    json.member("change", change.change);
    json.end_object();
  }
  json.end_array();
}

void write_checkpoints(JsonWriter& json, const report::RunReport& run, const TimeAxis& axis) {
  json.member("axis", axis.by);
  json.key("places");
  write_numbers(json, Numbers(axis.places.begin(), axis.places.end()), Digits::all);
  json.key("checkpoints");
  json.begin_array();
  for (const report::CheckpointReport& checkpoint : run.checkpoints) {
    json.value(printable(checkpoint.name));
  }
  json.end_array();
}

void write_scores(JsonWriter& json, const report::RunReport& run, const Shown& shown) {
  json.key("scores");
  json.begin_object();
  for (const std::string& name : shown.scores) {
    Numbers numbers;
    for (const report::CheckpointReport& checkpoint : run.checkpoints) {
      const auto score = std::ranges::find(checkpoint.scores, name, &report::LoggedNumber::name);
      numbers.push_back(score == checkpoint.scores.end() ? std::nullopt : score->value);
    }
    if (std::ranges::any_of(numbers, [](const auto& one) { return one.has_value(); })) {
      json.key(printable(name));
      write_numbers(json, numbers, shown.digits);
    }
  }
  json.end_object();
}

// The largest effective rank that the layer's shape allows: the mean over its unfoldings.
std::optional<double> rank_bound(const report::LayerReport& layer) {
  double total = 0.0;
  for (const metrics::UnfoldingMeasurement& side : layer.measured.unfoldings) {
    total += static_cast<double>(std::min(side.rows, side.cols));
  }
  const std::size_t count = layer.measured.unfoldings.size();
  return count == 0 ? std::nullopt : std::optional(total / static_cast<double>(count));
}

void write_layers(JsonWriter& json, const std::vector<LayerRow>& rows) {
  json.key("layers");
  json.begin_array();
  for (const LayerRow& row : rows) {
    const report::LayerReport& layer = row.last();
    json.begin_object();
    write_name(json, "name", layer.name);
    json.member("kind", layer.kind);
    json.member("shape", join(layer.shape, "×"));
    write_name(json, "dtype", layer.dtype);
    json.member("rank_bound", rank_bound(layer));
    json.member("is_last", row.at.back() != nullptr);
    json.key("status");
    json.begin_inline_array();
    for (const metrics::Status status : layer.measured.status.list()) {
      json.value(metrics::name(status));
    }
    json.end_inline_array();
    json.end_object();
  }
  json.end_array();
}

Numbers values_of(const LayerRow& row, const report::LayerValue& which) {
  Numbers numbers;
  for (const report::LayerReport* layer : row.at) {
    numbers.push_back(layer == nullptr ? std::nullopt : report::value(*layer, which));
  }
  return numbers;
}

void write_values(JsonWriter& json, const std::vector<LayerRow>& rows, const Shown& shown) {
  json.key("values");
  json.begin_object();
  for (const metrics::Metric* metric : shown.metrics) {
    json.key(metric->key);
    json.begin_array();
    for (const LayerRow& row : rows) {
      write_numbers(json, values_of(row, *report::find_layer_value(metric->key)), shown.digits);
    }
    json.end_array();
  }
  json.end_object();
}

void write_means(JsonWriter& json, const report::RunReport& run, const Shown& shown) {
  json.key("means");
  json.begin_object();
  for (const metrics::Metric* metric : shown.metrics) {
    Numbers numbers;
    for (const report::CheckpointReport& checkpoint : run.checkpoints) {
      const auto& aggregates = checkpoint.summary.aggregates;
      const auto one = std::ranges::find(aggregates, metric->key, &metrics::Aggregate::metric);
      numbers.push_back(one == aggregates.end() ? std::nullopt : one->mean);
    }
    json.key(metric->key);
    write_numbers(json, numbers, shown.digits);
  }
  json.end_object();
}

// One row of rates for each layer that has any, in the order of the parameters.
void write_rates(JsonWriter& json, const report::ScheduleReport& schedule,
                 const std::set<std::string_view>& layers, Digits digits) {
  json.key("rates");
  json.begin_array();
  for (std::size_t p = 0; p < schedule.parameters.size(); ++p) {
    if (!layers.contains(schedule.parameters[p])) {
      continue;
    }
    Numbers prescribed;
    Numbers used;
    for (const report::EpochRates& epoch : schedule.epochs) {
      prescribed.emplace_back(epoch.rates[p]);
      used.push_back(epoch.used.empty() ? std::nullopt : epoch.used[p]);
    }
    json.begin_object();
    write_name(json, "layer", schedule.parameters[p]);
    json.member("tracked", static_cast<bool>(schedule.tracked[p]));
    json.key("prescribed");
    write_numbers(json, prescribed, digits);
    json.key("used");
    write_numbers(json, used, digits);
    json.end_object();
  }
  json.end_array();
}

void write_schedule(JsonWriter& json, const report::RunReport& run,
                    const std::vector<LayerRow>& rows, Digits digits) {
  json.key("schedule");
  if (!run.schedule) {
    json.null();
    json.member("no_schedule", printable_line(run.no_schedule));
    return;
  }
  const report::ScheduleReport& schedule = *run.schedule;
  std::set<std::string_view> layers;
  for (const LayerRow& row : rows) {
    layers.insert(row.name);
  }
  json.begin_object();
  json.member("rmsgd", schedule::name(schedule.options.variant));
  json.member("init_lr", drawn(schedule.options.init_lr, digits));
  json.member("beta", schedule.options.beta);
  json.member("evbmf", schedule.evbmf == report::GainSource::exact ? "exact" : "reference");
  json.member("order_evidence", schedule.order_evidence);
  json.member("sensitive", schedule.sensitive.size());
  write_texts(json, "notes", schedule.notes);
  json.key("after");
  json.begin_array();
  for (const report::EpochRates& epoch : schedule.epochs) {
    json.value(printable(epoch.after));
  }
  json.end_array();
  write_rates(json, schedule, layers, digits);
  json.end_object();
}

void write_run(JsonWriter& json, const report::RunReport& run, const TimeAxis& axis,
               const Shown& shown) {
  const std::vector<LayerRow> rows = layer_rows(run);
  json.begin_object();
  write_name(json, "name", run.name);
  write_origin(json, run);
  write_coverage(json, run);
  write_troubles(json, run);
  write_checkpoints(json, run, axis);
  write_scores(json, run, shown);
  write_layers(json, rows);
  write_values(json, rows, shown);
  write_means(json, run, shown);
  write_spectra(json, rows, shown.spectra, shown.digits);
  write_schedule(json, run, rows, shown.digits);
  json.end_object();
}

}  // namespace

std::string page_data(const report::Report& report, const std::optional<Verdict>& verdict,
                      Digits digits) {
  const Shown shown{.metrics = shown_metrics(report),
                    .scores = score_names(report),
                    .spectra = spectra_shown(report),
                    .digits = digits};
  const std::vector<TimeAxis> axes = time_axes(report);
  JsonWriter json;
  json.begin_object();
  json.member("version", version());
  json.member("solver", report.options.solver);
  json.member("digits", digits == Digits::six ? "six" : "all");
  write_metrics(json, shown.metrics);
  json.key("scores");
  json.begin_array();
  for (const std::string& name : shown.scores) {
    json.value(printable(name));
  }
  json.end_array();
  write_verdict(json, verdict);
  json.key("runs");
  json.begin_array();
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    write_run(json, report.runs[i], axes[i], shown);
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace hindcast::html
