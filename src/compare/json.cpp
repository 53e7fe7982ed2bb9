// The comparison as JSON. Field names are a contract: they are only ever added.

#include <algorithm>

#include "base/json_writer.hpp"
#include "compare/writers.hpp"
#include "report/json_lists.hpp"
#include "report/shared_json.hpp"

namespace hindcast::compare {
namespace {

// Null instead of an empty text.
void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

template <typename Item, typename Write>
void write_array(JsonWriter& json, std::string_view key, const std::vector<Item>& items,
                 std::optional<std::size_t> top, const Write& write) {
  json.key(key);
  json.begin_array();
  for (std::size_t i = 0; i < std::min(items.size(), top.value_or(items.size())); ++i) {
    write(json, items[i]);
  }
  json.end_array();
}

void write_source(JsonWriter& json, std::string_view key, const Source& source) {
  json.key(key);
  json.begin_object();
  json.member("path", source.path);
  json.member("kind", source.is_report ? "report" : "checkpoints");
  json.end_object();
}

void write_options(JsonWriter& json, const Options& options, std::optional<std::size_t> top) {
  json.key("options");
  json.begin_object();
  json.member("match", options.match == Match::name ? "name" : "position");
  json.member("checkpoints", options.moments == Moments::last ? "last" : "every");
  write_text(json, "checkpoint_a", options.checkpoint_a);
  write_text(json, "checkpoint_b", options.checkpoint_b);
  json.member("tolerance", options.tolerance);
  json.member("top", top);
  json.end_object();
}

void write_moment(JsonWriter& json, const Moment& moment) {
  json.begin_object();
  json.member("run", moment.run);
  json.member("checkpoint", moment.checkpoint);
  json.member("path", moment.path);
  json.member("step", moment.step);
  json.member("epoch", moment.epoch);
  json.end_object();
}

void write_change(JsonWriter& json, const Change& change) {
  json.begin_object();
  json.member("effect", name(change.effect));
  if (!change.layer_a.empty() || !change.layer_b.empty()) {
    json.member("layer_a", change.layer_a);
    json.member("layer_b", change.layer_b);
  }
  json.member("metric", change.metric);
  json.member("a", change.a);
  json.member("b", change.b);
  json.member("change", change.change);
  json.member("relative_change", change.relative);
  if (change.layers_a && change.layers_b) {
    json.member("layers_in_a", change.layers_a);
    json.member("layers_in_b", change.layers_b);
  }
  write_text(json, "better", metrics::name(change.better));
  write_text(json, "reason", change.reason);
  json.end_object();
}

void write_statuses(JsonWriter& json, std::string_view key, const metrics::StatusSet& status) {
  std::vector<std::string> names;
  for (const metrics::Status one : status.list()) {
    names.emplace_back(metrics::name(one));
  }
  report::write_texts(json, key, names);
}

void write_layers(JsonWriter& json, const LayerPair& layers) {
  json.begin_object();
  json.member("name_a", layers.name_a);
  json.member("name_b", layers.name_b);
  report::write_list(json, "shape_a", layers.shape_a);
  report::write_list(json, "shape_b", layers.shape_b);
  json.member("reshaped", layers.is_reshaped);
  write_statuses(json, "status_a", layers.status_a);
  write_statuses(json, "status_b", layers.status_b);
  json.end_object();
}

void write_lonely(JsonWriter& json, const LonelyLayer& layer) {
  json.begin_object();
  json.member("name", layer.name);
  report::write_list(json, "shape", layer.shape);
  json.end_object();
}

void write_tensor(JsonWriter& json, const TensorDistance& tensor) {
  json.begin_object();
  json.member("name_a", tensor.name_a);
  json.member("name_b", tensor.name_b);
  json.member("role", tensor.role);
  json.member("values", tensor.values);
  json.member("compared", tensor.is_compared);
  json.member("cosine_distance", tensor.cosine_distance);
  json.member("relative_l2", tensor.relative_l2);
  json.member("norm_b", tensor.norm_b);
  json.member("within_tolerance", tensor.is_within_tolerance);
  write_text(json, "reason", tensor.reason);
  json.end_object();
}

void write_name(JsonWriter& json, const std::string& name) {
  json.value(name);
}

void write_weights(JsonWriter& json, const Pair& pair, std::optional<std::size_t> top) {
  json.key("weights");
  if (!pair.weights) {
    json.null();
    json.member("no_weights", pair.no_weights);
    return;
  }
  const WeightsComparison& weights = *pair.weights;
  json.begin_object();
  json.member("identical", weights.identical);
  json.member("within_tolerance", weights.within_tolerance);
  json.member("different", weights.different);
  json.member("not_compared", weights.not_compared);
  json.member("without_numbers", weights.without_numbers);
  json.member("layers", weights.layers);
  json.member("layers_identical", weights.layers_identical);
  json.member("layers_not_compared", weights.layers_not_compared);
  json.member("layers_measured", weights.layers_measured);
  json.member("cosine_distance", weights.cosine_distance);
  json.member("relative_l2", weights.relative_l2);
  write_array(json, "only_in_a", weights.only_in_a, std::nullopt, write_name);
  write_array(json, "only_in_b", weights.only_in_b, std::nullopt, write_name);
  write_array(json, "counters_only_in_a", weights.counters_only_in_a, std::nullopt, write_name);
  write_array(json, "counters_only_in_b", weights.counters_only_in_b, std::nullopt, write_name);
  write_array(json, "tensors", weights.tensors, top, write_tensor);
  json.end_object();
}

void write_counts(JsonWriter& json, const Pair& pair) {
  json.key("counts");
  json.begin_object();
  for (const Effect effect : {Effect::worse, Effect::lost, Effect::changed, Effect::gained,
                              Effect::better, Effect::same}) {
    json.member(name(effect), pair.count(effect));
  }
  json.member("missing", pair.missing);
  json.end_object();
}

void write_pair(JsonWriter& json, const Pair& pair, std::optional<std::size_t> top) {
  json.begin_object();
  json.key("a");
  write_moment(json, pair.a);
  json.key("b");
  write_moment(json, pair.b);
  json.member("same", pair.is_same());
  write_counts(json, pair);
  write_array(json, "layers", pair.layers, std::nullopt, write_layers);
  write_array(json, "layers_only_in_a", pair.layers_only_in_a, std::nullopt, write_lonely);
  write_array(json, "layers_only_in_b", pair.layers_only_in_b, std::nullopt, write_lonely);
  write_array(json, "not_comparable", pair.not_comparable, std::nullopt, write_name);
  write_array(json, "changes", pair.changes, top, write_change);
  write_array(json, "summary", pair.summary, top, write_change);
  write_array(json, "scores", pair.scores, top, write_change);
  write_weights(json, pair, top);
  json.end_object();
}

}  // namespace

std::string to_json(const Comparison& comparison, std::optional<std::size_t> top) {
  JsonWriter json;
  json.begin_object();
  json.member("schema", "hindcast.compare/1");
  report::write_tool(json);
  write_source(json, "a", comparison.a);
  write_source(json, "b", comparison.b);
  write_options(json, comparison.options, top);
  json.member("same", comparison.is_same());
  write_array(json, "runs_only_in_a", comparison.runs_only_in_a, std::nullopt, write_name);
  write_array(json, "runs_only_in_b", comparison.runs_only_in_b, std::nullopt, write_name);
  write_array(json, "checkpoints_only_in_a", comparison.checkpoints_only_in_a, std::nullopt,
              write_moment);
  write_array(json, "checkpoints_only_in_b", comparison.checkpoints_only_in_b, std::nullopt,
              write_moment);
  write_array(json, "pairs", comparison.pairs, std::nullopt,
              [top](JsonWriter& writer, const Pair& pair) { write_pair(writer, pair, top); });
  json.end_object();
  return json.take();
}

}  // namespace hindcast::compare
