// A part as JSON. Field names and their places are what read_part.cpp relies on.

#include <span>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "base/sha256.hpp"
#include "report/exact_json.hpp"
#include "report/json_lists.hpp"
#include "report/measurement_json.hpp"
#include "report/part.hpp"
#include "report/shared_json.hpp"

namespace hindcast::report {
namespace {

void write_schedule(JsonWriter& json, const ScheduleSettings& schedule) {
  json.key("schedule");
  json.begin_object();
  json.key("rmsgd");
  if (schedule.rmsgd) {
    json.begin_object();
    json.member("rmsgd", schedule::name(schedule.rmsgd->variant));
    write_hyperparameters(json, *schedule.rmsgd);
    json.end_object();
  } else {
    json.null();
  }
  json.member("evbmf", name(schedule.evbmf));
  write_exact(json, "parameter_order", schedule.parameter_order);
  json.end_object();
}

void write_tensor(JsonWriter& json, const TensorRecord& tensor) {
  json.begin_object();
  json.member("shard", tensor.shard);
  json.key("layers");
  json.begin_array();
  for (const LayerReport& layer : tensor.layers) {
    json.begin_object();
    write_exact(json, "name", layer.name);
    write_traits(json, layer);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_checkpoint(JsonWriter& json, const CheckpointRecord& checkpoint) {
  json.begin_object();
  write_exact(json, "name", checkpoint.name);
  write_exact(json, "path", checkpoint.path);
  write_exact(json, "failure", checkpoint.failure);
  json.member("identity", checkpoint.identity);
  write_exact(json, "aliases", checkpoint.aliases);
  json.member("format", checkpoint.format);
  json.member("step", checkpoint.step);
  json.member("epoch", checkpoint.epoch);
  json.member("initial", checkpoint.initial);
  write_ledger(json, checkpoint.ledger);
  json.member("problems", checkpoint.problems);
  write_exact(json, "warnings", checkpoint.warnings);
  write_exact(json, "folding_warnings", checkpoint.folding_warnings);
  write_model_order(json, checkpoint.order,
                    [&](const std::string& name) { write_exact(json, "name", name); });
  json.key("tensors");
  json.begin_array();
  for (const TensorRecord& tensor : checkpoint.tensors) {
    write_tensor(json, tensor);
  }
  json.end_array();
  json.end_object();
}

void write_header(JsonWriter& json, const RunHeader& header) {
  write_exact(json, "name", header.name);
  json.key("order");
  json.begin_object();
  json.member("by", header.order.by);
  write_exact(json, "reason", header.order.reason);
  json.end_object();
  json.key("initial");
  json.begin_object();
  write_exact(json, "checkpoint", header.initial.checkpoint);
  json.member("how", header.initial.how);
  write_exact(json, "reason", header.initial.reason);
  json.end_object();
  write_exact(json, "warnings", header.warnings);
  json.key("failed");
  json.begin_array();
  for (const UnreadCheckpoint& failed : header.failed) {
    json.begin_object();
    write_exact(json, "path", failed.path);
    write_exact(json, "reason", failed.reason);
    json.end_object();
  }
  json.end_array();
}

void write_run(JsonWriter& json, const RunRecord& run) {
  json.begin_object();
  write_header(json, run.header);
  write_exact(json, "unmatched_globs", run.unmatched_globs);
  json.key("checkpoints");
  json.begin_array();
  for (const CheckpointRecord& checkpoint : run.checkpoints) {
    write_checkpoint(json, checkpoint);
  }
  json.end_array();
  json.end_object();
}

void write_numbers(JsonWriter& json, std::string_view key,
                   const std::vector<LoggedNumber>& numbers) {
  json.key(key);
  json.begin_array();
  for (const LoggedNumber& number : numbers) {
    json.begin_object();
    write_exact(json, "name", number.name);
    json.member("value", number.value);
    json.end_object();
  }
  json.end_array();
}

void write_source(JsonWriter& json, const std::optional<ScoresReport>& source) {
  json.key("source");
  if (!source) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("source", source->source);
  write_exact(json, "file", source->file);
  json.member("matched_by", source->matched_by);
  write_exact(json, "reason", source->reason);
  json.member("rows", source->rows);
  json.member("matched", source->matched);
  json.end_object();
}

void write_logged(JsonWriter& json, const LoggedRecord& logged) {
  json.begin_object();
  write_source(json, logged.source);
  json.key("checkpoints");
  json.begin_array();
  for (const LoggedRecord::Checkpoint& checkpoint : logged.checkpoints) {
    json.begin_object();
    write_numbers(json, "scores", checkpoint.scores);
    write_numbers(json, "used_rates", checkpoint.used_rates);
    write_numbers(json, "next_used_rates", checkpoint.next_used_rates);
    json.end_object();
  }
  json.end_array();
  write_exact(json, "warnings", logged.warnings);
  json.end_object();
}

void write_plan(JsonWriter& json, const Plan& plan) {
  json.begin_array();
  for (const FoundRecord& found : plan) {
    json.begin_object();
    write_exact(json, "name", found.name);
    write_exact(json, "failure", found.failure);
    json.key("runs");
    json.begin_array();
    for (const RunRecord& run : found.runs) {
      write_run(json, run);
    }
    json.end_array();
    json.key("logged");
    json.begin_array();
    for (const LoggedRecord& logged : found.logged) {
      write_logged(json, logged);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void write_layer(JsonWriter& json, const metrics::LayerMeasurement& layer) {
  json.begin_object();
  json.member("weights", layer.weights);
  write_status(json, layer.status);
  json.member("rotation", layer.rotation);
  json.member("step_rotation", layer.step_rotation);
  json.member("relative_distance", layer.relative_distance);
  json.member("distance_from_init_frobenius", layer.distance_from_init_frobenius);
  json.member("distance_from_init_spectral", layer.distance_from_init_spectral);
  write_unfoldings(json, layer.unfoldings);
  json.end_object();
}

void write_outcome(JsonWriter& json, const PlannedOutcome& planned) {
  const Outcome& outcome = planned.outcome;
  json.begin_object();
  json.member("run", planned.run);
  json.member("checkpoint", planned.checkpoint);
  json.member("tensor", planned.tensor);
  if (outcome.unchanged) {
    json.member("result", "unchanged");
  } else if (outcome.layers.empty()) {
    json.member("result", "problem");
    write_exact(json, "problem", outcome.problem);
  } else {
    json.member("result", "measured");
    json.key("layers");
    json.begin_array();
    for (const metrics::LayerMeasurement& layer : outcome.layers) {
      write_layer(json, layer);
    }
    json.end_array();
  }
  json.end_object();
}

}  // namespace

std::string digest_of(const Plan& plan) {
  JsonWriter json;
  write_plan(json, plan);
  const std::string text = fmt::format("revision {}\n{}", metrics::kRevision, json.take());
  return sha256(std::as_bytes(std::span(text)));
}

std::string settings_of(const Part& part) {
  JsonWriter json;
  json.begin_object();
  write_options(json, part.options);
  write_schedule(json, part.schedule);
  json.end_object();
  return json.take();
}

std::string to_json(const Part& part) {
  std::string text;
  write_json(part, [&](std::string_view more) { text += more; });
  return text;
}

void write_json(const Part& part, const Sink& sink) {
  JsonWriter json(sink);
  json.begin_object();
  json.member("schema", "hindcast.part/1");
  json.key("tool");
  json.begin_object();
  json.member("name", "hindcast");
  json.member("version", part.version);
  json.end_object();
  json.member("shard", part.shard);
  json.member("shards", part.shards);
  write_options(json, part.options);
  write_schedule(json, part.schedule);
  json.member("plan_digest", part.plan_digest);
  json.key("plan");
  if (part.plan) {
    write_plan(json, *part.plan);
  } else {
    json.null();
  }
  json.key("outcomes");
  json.begin_array();
  for (const PlannedOutcome& outcome : part.outcomes) {
    write_outcome(json, outcome);
  }
  json.end_array();
  json.end_object();
  json.finish();
}

}  // namespace hindcast::report
