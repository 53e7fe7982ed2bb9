// A part from its JSON ("hindcast.part/1"; src/report/part.schema.json). Each function reads what
// the function of the same name in part_json.cpp writes. Unlike a report, which people keep and
// older programs wrote, a part must have every member.

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/tensor/layout.hpp"

#include "base/json_document.hpp"
#include "base/text.hpp"
#include "report/exact_json.hpp"
#include "report/json_members.hpp"
#include "report/measurement_json.hpp"
#include "report/part.hpp"
#include "report/shared_json.hpp"

namespace hindcast::report {
namespace {

constexpr std::string_view kSchema = "hindcast.part/1";

template <typename Item, typename Read>
std::vector<Item> read_items(const JsonValue& object, std::string_view key, const Read& read) {
  std::vector<Item> out;
  for (const JsonValue& item : object.at(key).items()) {
    out.push_back(read(item));
  }
  return out;
}

std::vector<std::uint64_t> read_extents(const JsonValue& object, std::string_view key) {
  return read_items<std::uint64_t>(object, key, [](const JsonValue& extent) {
    return static_cast<std::uint64_t>(extent.integer(0));
  });
}

std::optional<double> read_maybe_number(const JsonValue& object, std::string_view key) {
  const JsonValue value = object.at(key);
  return value.is_null() ? std::nullopt : std::optional(value.number());
}

std::optional<std::int64_t> read_maybe(const JsonValue& object, std::string_view key) {
  const JsonValue value = object.at(key);
  return value.is_null() ? std::nullopt : std::optional(value.integer());
}

ScheduleSettings read_schedule(const JsonValue& value) {
  ScheduleSettings schedule;
  if (const JsonValue rmsgd = value.at("rmsgd"); !rmsgd.is_null()) {
    schedule.rmsgd = read_rmsgd(rmsgd);
  }
  schedule.evbmf = read_gain_source(value);
  schedule.parameter_order = exact_texts(value, "parameter_order");
  return schedule;
}

void check_layout(const LayerReport& layer, const JsonValue& value) {
  try {
    if (tensor::Layout::parse(layer.layout).rank() == layer.shape.size()) {
      return;
    }
  } catch (const Error& error) {
    value.at("layout").fail(error.what());
  }
  value.at("layout").fail("does not name each axis of the shape");
}

LayerReport read_layer_traits(const JsonValue& value) {
  LayerReport layer;
  layer.name = exact_text(value, "name");
  read_traits(layer, value);
  (void)weights_of(layer, value.at("shape"));
  check_layout(layer, value);
  return layer;
}

TensorRecord read_tensor(const JsonValue& value, std::int64_t shards) {
  const JsonValue shard = value.at("shard");
  if (shard.integer(1) > shards) {
    shard.fail(fmt::format("there are only {} shards", shards));
  }
  TensorRecord tensor{.layers = read_items<LayerReport>(value, "layers", read_layer_traits),
                      .shard = shard.integer()};
  if (tensor.layers.empty()) {
    value.at("layers").fail("expected at least one layer");
  }
  return tensor;
}

Parameter read_parameter(const JsonValue& value) {
  return {.name = exact_text(value, "name"),
          .shape = read_extents(value, "shape"),
          .kernel_axes = read_extents(value, "kernel_axes"),
          .skipped = value.at("skipped").text(),
          .split = value.at("split").boolean()};
}

std::optional<ModelOrder> read_order(const JsonValue& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  return ModelOrder{.parameters = read_items<Parameter>(value, "parameters", read_parameter),
                    .evidence = value.at("evidence").text()};
}

CheckpointRecord read_checkpoint(const JsonValue& value, std::int64_t shards) {
  const auto tensor = [&](const JsonValue& one) { return read_tensor(one, shards); };
  return {.name = exact_text(value, "name"),
          .path = exact_text(value, "path"),
          .failure = exact_maybe_text(value, "failure"),
          .identity = value.at("identity").text(),
          .aliases = exact_texts(value, "aliases"),
          .format = value.at("format").text(),
          .step = read_maybe(value, "step"),
          .epoch = read_maybe(value, "epoch"),
          .initial = value.at("initial").boolean(),
          .ledger = read_ledger(value.at("ledger")),
          .problems = value.at("problems").integer(0),
          .warnings = exact_texts(value, "warnings"),
          .folding_warnings = exact_texts(value, "folding_warnings"),
          .tensors = read_items<TensorRecord>(value, "tensors", tensor),
          .order = read_order(value.at("model_order"))};
}

RunHeader read_header(const JsonValue& value) {
  const JsonValue order = value.at("order");
  const JsonValue initial = value.at("initial");
  return {.name = exact_text(value, "name"),
          .order = {.by = order.at("by").text(), .reason = exact_text(order, "reason")},
          .initial = {.checkpoint = exact_maybe_text(initial, "checkpoint"),
                      .how = initial.at("how").text(),
                      .reason = exact_text(initial, "reason")},
          .warnings = exact_texts(value, "warnings"),
          .failed = read_items<UnreadCheckpoint>(
              value, "failed", [](const JsonValue& one) -> UnreadCheckpoint {
                return {.path = exact_text(one, "path"), .reason = exact_text(one, "reason")};
              })};
}

RunRecord read_run(const JsonValue& value, std::int64_t shards) {
  const auto checkpoint = [&](const JsonValue& one) { return read_checkpoint(one, shards); };
  return {.header = read_header(value),
          .checkpoints = read_items<CheckpointRecord>(value, "checkpoints", checkpoint),
          .unmatched_globs = exact_texts(value, "unmatched_globs")};
}

LoggedNumber read_number(const JsonValue& value) {
  return {.name = exact_text(value, "name"), .value = read_maybe_number(value, "value")};
}

std::optional<ScoresReport> read_source(const JsonValue& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  return ScoresReport{.source = value.at("source").text(),
                      .file = exact_text(value, "file"),
                      .matched_by = value.at("matched_by").text(),
                      .reason = exact_text(value, "reason"),
                      .rows = value.at("rows").integer(0),
                      .matched = value.at("matched").integer(0)};
}

LoggedRecord read_logged(const JsonValue& value) {
  const auto numbers = [](const JsonValue& checkpoint, std::string_view key) {
    return read_items<LoggedNumber>(checkpoint, key, read_number);
  };
  const auto checkpoint = [&](const JsonValue& one) -> LoggedRecord::Checkpoint {
    return {.scores = numbers(one, "scores"),
            .used_rates = numbers(one, "used_rates"),
            .next_used_rates = numbers(one, "next_used_rates")};
  };
  return {.source = read_source(value.at("source")),
          .checkpoints = read_items<LoggedRecord::Checkpoint>(value, "checkpoints", checkpoint),
          .warnings = exact_texts(value, "warnings")};
}

// One for each run, or for the one that failed.
void check_logged(const FoundRecord& found, const JsonValue& value) {
  if (found.logged.size() != (found.failure ? 1 : found.runs.size()) ||
      (found.failure && !found.runs.empty())) {
    value.fail("does not have what was logged for each of its runs");
  }
}

FoundRecord read_found(const JsonValue& value, std::int64_t shards) {
  const auto run = [&](const JsonValue& one) { return read_run(one, shards); };
  FoundRecord found{.name = exact_text(value, "name"),
                    .failure = exact_maybe_text(value, "failure"),
                    .runs = read_items<RunRecord>(value, "runs", run),
                    .logged = read_items<LoggedRecord>(value, "logged", read_logged)};
  check_logged(found, value);
  return found;
}

metrics::LayerMeasurement read_layer(const JsonValue& value) {
  metrics::LayerMeasurement layer;
  layer.weights = static_cast<std::uint64_t>(value.at("weights").integer(0));
  layer.status = read_status(value);
  layer.rotation = read_maybe_number(value, "rotation");
  layer.step_rotation = read_maybe_number(value, "step_rotation");
  layer.relative_distance = read_maybe_number(value, "relative_distance");
  layer.distance_from_init_frobenius = read_maybe_number(value, "distance_from_init_frobenius");
  layer.distance_from_init_spectral = read_maybe_number(value, "distance_from_init_spectral");
  layer.unfoldings = read_unfoldings(value);
  if (layer.unfoldings.empty()) {
    value.at("unfoldings").fail("expected at least one unfolding");
  }
  return layer;
}

Outcome read_result(const JsonValue& value) {
  const std::string& result = value.at("result").text();
  if (result == "unchanged") {
    return {.layers = {}, .unchanged = true, .problem = {}};
  }
  if (result == "problem") {
    return {.layers = {}, .unchanged = false, .problem = exact_text(value, "problem")};
  }
  if (result != "measured") {
    value.at("result").fail(
        fmt::format("expected 'measured', 'unchanged' or 'problem', not '{}'", printable(result)));
  }
  Outcome outcome{.layers = read_items<metrics::LayerMeasurement>(value, "layers", read_layer),
                  .unchanged = false,
                  .problem = {}};
  if (outcome.layers.empty()) {
    value.at("layers").fail("expected at least one layer");
  }
  return outcome;
}

PlannedOutcome read_outcome(const JsonValue& value) {
  return {.run = value.at("run").integer(0),
          .checkpoint = value.at("checkpoint").integer(0),
          .tensor = value.at("tensor").integer(0),
          .outcome = read_result(value)};
}

void check_schema(const JsonValue& part) {
  const JsonValue schema = part.at("schema");
  if (schema.text() == kSchema) {
    return;
  }
  const std::string found = printable(schema.text());
  if (found.starts_with("hindcast.part/")) {
    throw Error(ErrorCode::unsupported,
                fmt::format("is a part of version '{}'; this program reads '{}'", found, kSchema));
  }
  schema.fail(fmt::format("is no part of a report: expected '{}', not '{}'", kSchema, found));
}

std::int64_t read_count(const JsonValue& value, std::int64_t most) {
  if (value.integer(1) > most) {
    value.fail(fmt::format("expected at most {}", most));
  }
  return value.integer();
}

}  // namespace

Part read_part(std::string_view json, std::uint64_t most_values) {
  const JsonLimit limit{.values = most_values, .raise_with = "; raise it with --max-report-values"};
  const JsonDocument document(json, JsonComments::refused, limit);
  const JsonValue root = document.root();
  check_schema(root);
  Part part;
  part.shards = read_count(root.at("shards"), kMostShards);
  part.shard = read_count(root.at("shard"), part.shards);
  part.version = root.at("tool").at("version").text();
  part.options = read_options(root.at("options"));
  part.schedule = read_schedule(root.at("schedule"));
  part.plan_digest = root.at("plan_digest").text();
  if (!root.at("plan").is_null()) {
    part.plan = read_items<FoundRecord>(
        root, "plan", [&](const JsonValue& found) { return read_found(found, part.shards); });
  }
  part.outcomes = read_items<PlannedOutcome>(root, "outcomes", read_outcome);
  return part;
}

}  // namespace hindcast::report
