// The report as JSON. Field names and their places are the contract other programs rely on: fields
// are only ever added.

#include <string_view>

#include "hindcast/report/writers.hpp"

#include "base/json_writer.hpp"
#include "report/json_lists.hpp"
#include "report/layer_values.hpp"
#include "report/measurement_json.hpp"
#include "report/shared_json.hpp"

namespace hindcast::report {
namespace {

void write_layer(JsonWriter& json, const LayerReport& layer) {
  json.begin_object();
  json.member("name", layer.name);
  write_traits(json, layer);
  write_status(json, layer.measured.status);
  for (const LayerValue& one : layer_values()) {
    json.member(one.key, value(layer, one));
  }
  write_unfoldings(json, layer.measured.unfoldings);
  json.end_object();
}

void write_summary(JsonWriter& json, const metrics::Summary& summary) {
  json.key("summary");
  json.begin_object();
  for (const metrics::Aggregate& aggregate : summary.aggregates) {
    json.key(aggregate.metric);
    json.begin_object();
    json.member("layers", aggregate.layers);
    for (const metrics::Statistic& statistic : metrics::statistics()) {
      json.member(statistic.key, aggregate.*statistic.value);
    }
    json.end_object();
  }
  for (const metrics::Total& total : summary.totals) {
    json.member(total.key, total.value);
  }
  json.end_object();
}

void write_logged(JsonWriter& json, std::string_view key,
                  const std::vector<LoggedNumber>& numbers) {
  json.key(key);
  json.begin_object();
  for (const LoggedNumber& number : numbers) {
    json.member(number.name, number.value);
  }
  json.end_object();
}

void write_checkpoint(JsonWriter& json, const CheckpointReport& checkpoint) {
  json.begin_object();
  json.member("name", checkpoint.name);
  json.member("path", checkpoint.path);
  write_texts(json, "aliases", checkpoint.aliases);
  json.member("format", checkpoint.format);
  json.member("step", checkpoint.step);
  json.member("epoch", checkpoint.epoch);
  write_ledger(json, checkpoint.ledger);
  json.member("problems", checkpoint.problems);
  write_logged(json, "scores", checkpoint.scores);
  write_logged(json, "used_rates", checkpoint.used_rates);
  write_logged(json, "next_used_rates", checkpoint.next_used_rates);
  write_summary(json, checkpoint.summary);
  json.key("layers");
  json.begin_array();
  for (const LayerReport& layer : checkpoint.layers) {
    write_layer(json, layer);
  }
  json.end_array();
  json.end_object();
}

void write_used(JsonWriter& json, const EpochRates& epoch) {
  json.key("used");
  if (epoch.used.empty()) {
    json.null();
    return;
  }
  json.begin_inline_array();
  for (const std::optional<double>& rate : epoch.used) {
    json.value(rate);
  }
  json.end_inline_array();
}

void write_rates(JsonWriter& json, const ScheduleReport& schedule) {
  json.key("epochs");
  json.begin_array();
  for (const EpochRates& epoch : schedule.epochs) {
    json.begin_object();
    json.member("after", epoch.after);
    write_list(json, "rates", epoch.rates);
    write_used(json, epoch);
    json.end_object();
  }
  json.end_array();
}

void write_sensitive(JsonWriter& json, const ScheduleReport& schedule) {
  json.key("sensitive_to_evbmf");
  if (!schedule.both_gains) {
    json.null();
    return;
  }
  json.begin_array();
  for (const SensitiveRate& rate : schedule.sensitive) {
    json.begin_object();
    json.member("after", rate.after);
    json.member("parameter", rate.parameter);
    json.member("reference", rate.reference);
    json.member("exact", rate.exact);
    json.end_object();
  }
  json.end_array();
}

void write_schedule(JsonWriter& json, const ScheduleReport& schedule) {
  json.begin_object();
  json.member("rmsgd", schedule::name(schedule.options.variant));
  json.member("evbmf", name(schedule.evbmf));
  json.member("order_evidence", schedule.order_evidence);
  write_hyperparameters(json, schedule.options);
  write_texts(json, "notes", schedule.notes);
  write_list(json, "missing_epochs", schedule.missing_epochs);
  write_texts(json, "parameters", schedule.parameters);
  write_list(json, "tracked", schedule.tracked);
  write_rates(json, schedule);
  write_sensitive(json, schedule);
  json.end_object();
}

void write_changes(JsonWriter& json, const RunReport& run) {
  json.key("layer_changes");
  json.begin_array();
  for (const LayerChange& change : run.changes) {
    json.begin_object();
    json.member("checkpoint", change.checkpoint);
    json.member("layer", change.layer);
    json.member("change", change.change);
    json.end_object();
  }
  json.end_array();
  json.key("unread");
  json.begin_array();
  for (const UnreadCheckpoint& unread : run.unread) {
    json.begin_object();
    json.member("path", unread.path);
    json.member("reason", unread.reason);
    json.end_object();
  }
  json.end_array();
}

void write_scores(JsonWriter& json, const std::optional<ScoresReport>& scores) {
  json.key("scores");
  if (!scores) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("source", scores->source);
  json.member("file", scores->file);
  json.member("matched_by", scores->matched_by);
  json.member("reason", scores->reason);
  json.member("rows", scores->rows);
  json.member("matched", scores->matched);
  json.end_object();
}

void write_run(JsonWriter& json, const RunReport& run) {
  json.begin_object();
  json.member("name", run.name);
  json.key("initial");
  json.begin_object();
  json.member("checkpoint", run.initial.checkpoint);
  json.member("how", run.initial.how);
  json.member("reason", run.initial.reason);
  json.end_object();
  json.key("order");
  json.begin_object();
  json.member("by", run.order.by);
  json.member("reason", run.order.reason);
  json.end_object();
  write_scores(json, run.scores);
  json.key("checkpoints");
  json.begin_array();
  for (const CheckpointReport& checkpoint : run.checkpoints) {
    write_checkpoint(json, checkpoint);
  }
  json.end_array();
  write_changes(json, run);
  write_texts(json, "warnings", run.warnings);
  write_model_order(json, run.model_order,
                    [&](const std::string& name) { json.member("name", name); });
  json.key("schedule");
  if (run.schedule) {
    write_schedule(json, *run.schedule);
  } else {
    json.null();
    json.member("no_schedule", run.no_schedule);
  }
  json.end_object();
}

void write_tensor(JsonWriter& json, const TensorEntry& tensor) {
  json.begin_object();
  json.member("name", tensor.name);
  json.member("layer", tensor.layer);
  if (!tensor.aliases.empty()) {
    write_texts(json, "aliases", tensor.aliases);
  }
  write_list(json, "shape", tensor.shape);
  json.member("dtype", tensor.dtype);
  json.member("role", tensor.role);
  json.key("layout");
  if (tensor.layout.empty()) {
    json.null();
  } else {
    json.value(tensor.layout);
  }
  json.member("analysed", tensor.analysed);
  json.key("skipped");
  if (tensor.analysed) {
    json.null();
  } else {
    json.value(tensor.skipped);
  }
  // A tensor that is skipped for what it is needs no more words than that.
  json.member("reason", tensor.reason.empty() ? tensor.skipped : tensor.reason);
  json.member("frobenius_norm", tensor.frobenius_norm);
  json.end_object();
}

void write_file(JsonWriter& json, const InspectedFile& file) {
  json.begin_object();
  json.member("path", file.path);
  json.member("format", file.format);
  json.member("order_evidence", file.order_evidence);
  json.member("step", file.step);
  json.member("epoch", file.epoch);
  write_ledger(json, file.ledger);
  json.key("tensors");
  json.begin_array();
  for (const TensorEntry& tensor : file.tensors) {
    write_tensor(json, tensor);
  }
  json.end_array();
  json.key("problems");
  json.begin_array();
  for (const FileProblem& problem : file.problems) {
    json.begin_object();
    json.member("where", problem.where);
    json.member("reason", problem.reason);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string to_json(const Report& report) {
  std::string text;
  write_json(report, [&](std::string_view part) { text += part; });
  return text;
}

void write_json(const Report& report, const Sink& sink) {
  JsonWriter json(sink);
  json.begin_object();
  json.member("schema", "hindcast.report/1");
  write_tool(json);
  write_options(json, report.options);
  json.key("runs");
  json.begin_array();
  for (const RunReport& run : report.runs) {
    write_run(json, run);
  }
  json.end_array();
  json.end_object();
  json.finish();
}

std::string to_json(const InspectReport& report) {
  JsonWriter json;
  json.begin_object();
  json.member("schema", "hindcast.inspect/1");
  write_tool(json);
  json.key("files");
  json.begin_array();
  for (const InspectedFile& file : report.files) {
    write_file(json, file);
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace hindcast::report
