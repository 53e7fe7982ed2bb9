// A report from its JSON ("hindcast.report/1"; src/report/report.schema.json). Each function reads
// what the function of the same name in json.cpp writes.

#include "hindcast/report/read_report.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"

#include "base/json_document.hpp"
#include "base/text.hpp"
#include "report/json_members.hpp"
#include "report/layer_values.hpp"
#include "report/measurement_json.hpp"
#include "report/shared_json.hpp"

namespace hindcast::report {
namespace {

constexpr std::string_view kSchema = "hindcast.report/1";

void read_measured(LayerReport& layer, const JsonValue& value) {
  metrics::LayerMeasurement& measured = layer.measured;
  with(value, "shape",
       [&](const JsonValue& shape) { measured.weights = weights_of(layer, shape); });
  measured.status = read_status(value);
  read_to(measured.rotation, value, "rotation");
  read_to(measured.step_rotation, value, "step_rotation");
  read_to(measured.relative_distance, value, "relative_distance");
  read_to(measured.distance_from_init_frobenius, value, "distance_from_init_frobenius");
  read_to(measured.distance_from_init_spectral, value, "distance_from_init_spectral");
  measured.unfoldings = read_unfoldings(value);
}

LayerReport read_layer(const JsonValue& value) {
  LayerReport layer;
  layer.name = value.at("name").text();
  read_traits(layer, value);
  read_measured(layer, value);
  for (const LayerValue& one : layer_values()) {
    with(value, one.key, [&](const JsonValue& /*number*/) {
      read_to(layer.stated[std::string(one.key)], value, one.key);
    });
  }
  return layer;
}

metrics::Summary read_summary(const JsonValue& value) {
  metrics::Summary summary;
  for (const metrics::Metric& metric : metrics::metrics()) {
    with(value, metric.key, [&](const JsonValue& one) {
      metrics::Aggregate aggregate;
      aggregate.metric = metric.key;
      read_to(aggregate.layers, one, "layers");
      for (const metrics::Statistic& statistic : metrics::statistics()) {
        read_to(aggregate.*statistic.value, one, statistic.key);
      }
      summary.aggregates.push_back(aggregate);
    });
  }
  for (const std::string_view key : metrics::total_keys()) {
    with(value, key, [&](const JsonValue& /*number*/) {
      metrics::Total total{.key = key, .value = {}};
      read_to(total.value, value, key);
      summary.totals.push_back(total);
    });
  }
  return summary;
}

void read_logged(std::vector<LoggedNumber>& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& numbers) {
    for (const std::string& name : numbers.keys()) {
      target.push_back({.name = name, .value = {}});
      read_to(target.back().value, numbers, name);
    }
  });
}

CheckpointReport read_checkpoint(const JsonValue& value) {
  CheckpointReport checkpoint;
  checkpoint.name = value.at("name").text();
  read_to(checkpoint.path, value, "path");
  read_to(checkpoint.aliases, value, "aliases");
  read_to(checkpoint.format, value, "format");
  read_to(checkpoint.step, value, "step");
  read_to(checkpoint.epoch, value, "epoch");
  with(value, "ledger", [&](const JsonValue& one) { checkpoint.ledger = read_ledger(one); });
  read_to(checkpoint.problems, value, "problems");
  with(value, "summary", [&](const JsonValue& one) { checkpoint.summary = read_summary(one); });
  read_logged(checkpoint.scores, value, "scores");
  read_logged(checkpoint.used_rates, value, "used_rates");
  read_logged(checkpoint.next_used_rates, value, "next_used_rates");
  for (const JsonValue& layer : value.at("layers").items()) {
    checkpoint.layers.push_back(read_layer(layer));
  }
  return checkpoint;
}

EpochRates read_rates(const JsonValue& value) {
  EpochRates epoch;
  epoch.after = value.at("after").text();
  read_all(epoch.rates, value, "rates", [](const JsonValue& rate) { return rate.number(); });
  with(value, "used", [&](const JsonValue& used) {
    if (!used.is_null()) {
      read_all(epoch.used, value, "used", [](const JsonValue& rate) {
        return rate.is_null() ? std::nullopt : std::optional(rate.number());
      });
    }
  });
  return epoch;
}

SensitiveRate read_sensitive(const JsonValue& value) {
  return {.after = value.at("after").text(),
          .parameter = value.at("parameter").text(),
          .reference = value.at("reference").number(),
          .exact = value.at("exact").number()};
}

// One for each parameter, or the tables cannot be read by column.
void check_columns(const ScheduleReport& schedule, const JsonValue& value) {
  const std::size_t columns = schedule.parameters.size();
  bool fits = schedule.tracked.size() == columns;
  for (const EpochRates& epoch : schedule.epochs) {
    fits = fits && epoch.rates.size() == columns &&
           (epoch.used.empty() || epoch.used.size() == columns);
  }
  if (!fits) {
    value.fail(
        fmt::format("does not have one rate and one 'tracked' for each of {} parameters", columns));
  }
}

ScheduleReport read_schedule(const JsonValue& value) {
  ScheduleReport schedule;
  schedule.options = read_rmsgd(value);
  schedule.evbmf = read_gain_source(value);
  read_to(schedule.order_evidence, value, "order_evidence");
  read_to(schedule.notes, value, "notes");
  read_all(schedule.missing_epochs, value, "missing_epochs",
           [](const JsonValue& epoch) { return epoch.integer(); });
  read_to(schedule.parameters, value, "parameters");
  read_all(schedule.tracked, value, "tracked", [](const JsonValue& one) { return one.boolean(); });
  read_all(schedule.epochs, value, "epochs", read_rates);
  with(value, "sensitive_to_evbmf", [&](const JsonValue& rates) {
    schedule.both_gains = !rates.is_null();
    if (schedule.both_gains) {
      read_all(schedule.sensitive, value, "sensitive_to_evbmf", read_sensitive);
    }
  });
  check_columns(schedule, value);
  return schedule;
}

LayerChange read_change(const JsonValue& value) {
  return {.checkpoint = value.at("checkpoint").text(),
          .layer = value.at("layer").text(),
          .change = value.at("change").text()};
}

UnreadCheckpoint read_unread(const JsonValue& value) {
  return {.path = value.at("path").text(), .reason = value.at("reason").text()};
}

InitialCheckpoint read_initial(const JsonValue& value) {
  InitialCheckpoint initial;
  with(value, "checkpoint", [&](const JsonValue& name) {
    initial.checkpoint = name.is_null() ? std::nullopt : std::optional(name.text());
  });
  read_to(initial.how, value, "how");
  read_to(initial.reason, value, "reason");
  return initial;
}

ScoresReport read_scores(const JsonValue& value) {
  ScoresReport scores;
  read_to(scores.source, value, "source");
  read_to(scores.file, value, "file");
  read_to(scores.matched_by, value, "matched_by");
  read_to(scores.reason, value, "reason");
  read_to(scores.rows, value, "rows");
  read_to(scores.matched, value, "matched");
  return scores;
}

std::vector<std::uint64_t> read_extents(const JsonValue& value, std::string_view key) {
  std::vector<std::uint64_t> extents;
  read_all(extents, value, key,
           [](const JsonValue& extent) { return static_cast<std::uint64_t>(extent.integer(0)); });
  return extents;
}

ModelOrder read_model_order(const JsonValue& value) {
  ModelOrder order;
  read_to(order.evidence, value, "evidence");
  read_all(order.parameters, value, "parameters", [](const JsonValue& one) {
    Parameter parameter{.name = one.at("name").text(),
                        .shape = read_extents(one, "shape"),
                        .kernel_axes = read_extents(one, "kernel_axes"),
                        .skipped = {},
                        .split = false};
    read_to(parameter.skipped, one, "skipped");
    read_to(parameter.split, one, "split");
    return parameter;
  });
  return order;
}

RunReport read_run(const JsonValue& value) {
  RunReport run;
  run.name = value.at("name").text();
  with(value, "initial", [&](const JsonValue& one) { run.initial = read_initial(one); });
  with(value, "order", [&](const JsonValue& order) {
    read_to(run.order.by, order, "by");
    read_to(run.order.reason, order, "reason");
  });
  with(value, "scores", [&](const JsonValue& scores) {
    if (!scores.is_null()) {
      run.scores = read_scores(scores);
    }
  });
  for (const JsonValue& checkpoint : value.at("checkpoints").items()) {
    run.checkpoints.push_back(read_checkpoint(checkpoint));
  }
  read_all(run.changes, value, "layer_changes", read_change);
  read_all(run.unread, value, "unread", read_unread);
  read_to(run.warnings, value, "warnings");
  with(value, "model_order", [&](const JsonValue& order) {
    if (!order.is_null()) {
      run.model_order = read_model_order(order);
    }
  });
  with(value, "schedule", [&](const JsonValue& schedule) {
    if (!schedule.is_null()) {
      run.schedule = read_schedule(schedule);
    }
  });
  read_to(run.no_schedule, value, "no_schedule");
  return run;
}

void check_schema(const JsonValue& report) {
  const JsonValue schema = report.at("schema");
  if (schema.text() == kSchema) {
    return;
  }
  const std::string found = printable(schema.text());
  if (found.starts_with("hindcast.report/")) {
    throw Error(
        ErrorCode::unsupported,
        fmt::format("is a report of version '{}'; this program reads '{}'", found, kSchema));
  }
  schema.fail(fmt::format("is not a report: expected '{}', not '{}'", kSchema, found));
}

}  // namespace

Report read_report(std::string_view json, std::uint64_t most_values) {
  const JsonLimit limit{.values = most_values, .raise_with = "; raise it with --max-report-values"};
  const JsonDocument document(json, JsonComments::refused, limit);
  const JsonValue root = document.root();
  check_schema(root);
  Report report;
  with(root, "options", [&](const JsonValue& options) { report.options = read_options(options); });
  for (const JsonValue& run : root.at("runs").items()) {
    report.runs.push_back(read_run(run));
  }
  return report;
}

}  // namespace hindcast::report
