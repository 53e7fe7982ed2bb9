#include "report/shared_json.hpp"

#include "hindcast/base/error.hpp"
#include "hindcast/version.hpp"

#include "base/checked.hpp"
#include "report/json_lists.hpp"
#include "report/json_members.hpp"

namespace hindcast::report {

void write_traits(JsonWriter& json, const LayerReport& layer) {
  json.member("kind", layer.kind);
  write_list(json, "shape", layer.shape);
  json.member("layout", layer.layout);
  json.member("layout_reason", layer.layout_reason);
  json.member("dtype", layer.dtype);
}

void read_traits(LayerReport& layer, const JsonValue& value) {
  read_to(layer.kind, value, "kind");
  read_all(layer.shape, value, "shape",
           [](const JsonValue& extent) { return static_cast<std::uint64_t>(extent.integer(0)); });
  read_to(layer.layout, value, "layout");
  read_to(layer.layout_reason, value, "layout_reason");
  read_to(layer.dtype, value, "dtype");
}

std::uint64_t weights_of(const LayerReport& layer, const JsonValue& shape) {
  try {
    return element_count(layer.shape);
  } catch (const Error& error) {
    shape.fail(error.what());
  }
}

void write_ledger(JsonWriter& json, const Ledger& ledger) {
  json.key("ledger");
  json.begin_object();
  json.member("tensors", ledger.tensors);
  json.member("analysed", ledger.analysed);
  json.key("skipped");
  json.begin_object();
  for (const auto& [reason, count] : ledger.skipped) {
    json.member(reason, count);
  }
  json.end_object();
  json.end_object();
}

Ledger read_ledger(const JsonValue& value) {
  Ledger ledger;
  read_to(ledger.tensors, value, "tensors");
  read_to(ledger.analysed, value, "analysed");
  with(value, "skipped", [&](const JsonValue& skipped) {
    for (const std::string& reason : skipped.keys()) {
      read_to(ledger.skipped[reason], skipped, reason);
    }
  });
  return ledger;
}

void write_options(JsonWriter& json, const OptionsEcho& options) {
  json.key("options");
  json.begin_object();
  json.member("solver", options.solver);
  write_texts(json, "metrics", options.metrics);
  write_texts(json, "include", options.include);
  write_texts(json, "exclude", options.exclude);
  write_texts(json, "layout", options.layouts);
  write_texts(json, "kind", options.kinds);
  json.member("min_size", options.min_size);
  json.member("split_fused", options.split_fused);
  json.member("steps_per_epoch", options.steps_per_epoch);
  json.member("step_from", options.step_from);
  json.member("one_run", options.one_run);
  json.member("spectra", options.spectra);
  json.end_object();
}

OptionsEcho read_options(const JsonValue& value) {
  OptionsEcho options;
  read_to(options.solver, value, "solver");
  read_to(options.metrics, value, "metrics");
  read_to(options.include, value, "include");
  read_to(options.exclude, value, "exclude");
  read_to(options.layouts, value, "layout");
  read_to(options.kinds, value, "kind");
  read_to(options.min_size, value, "min_size");
  read_to(options.split_fused, value, "split_fused");
  read_to(options.steps_per_epoch, value, "steps_per_epoch");
  with(value, "step_from", [&](const JsonValue& pattern) {
    options.step_from = pattern.is_null() ? std::nullopt : std::optional(pattern.text());
  });
  read_to(options.one_run, value, "one_run");
  read_to(options.spectra, value, "spectra");
  return options;
}

void write_model_order(JsonWriter& json, const std::optional<ModelOrder>& order,
                       const std::function<void(const std::string& name)>& write_name) {
  json.key("model_order");
  if (!order) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("evidence", order->evidence);
  json.key("parameters");
  json.begin_array();
  for (const Parameter& parameter : order->parameters) {
    json.begin_object();
    write_name(parameter.name);
    write_list(json, "shape", parameter.shape);
    write_list(json, "kernel_axes", parameter.kernel_axes);
    json.member("skipped", parameter.skipped);
    json.member("split", parameter.split);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_tool(JsonWriter& json) {
  json.key("tool");
  json.begin_object();
  json.member("name", "hindcast");
  json.member("version", version());
  json.end_object();
}

void write_hyperparameters(JsonWriter& json, const schedule::RmsgdOptions& options) {
  json.member("init_lr", options.init_lr);
  json.member("beta", options.beta);
  json.member("step_size", options.step_size);
  json.member("gamma", options.gamma);
  json.member("linear", options.linear);
}

schedule::RmsgdOptions read_rmsgd(const JsonValue& value) {
  schedule::RmsgdOptions options;
  read_choice<schedule::RmsgdVariant>(
      options.variant, value, "rmsgd",
      {{{"release", schedule::RmsgdVariant::release}, {"paper", schedule::RmsgdVariant::paper}}});
  read_to(options.init_lr, value, "init_lr");
  read_to(options.beta, value, "beta");
  read_to(options.step_size, value, "step_size");
  read_to(options.gamma, value, "gamma");
  read_to(options.linear, value, "linear");
  return options;
}

std::string_view name(GainSource source) noexcept {
  return source == GainSource::reference ? "reference" : "exact";
}

GainSource read_gain_source(const JsonValue& value) {
  GainSource source = GainSource::reference;
  read_choice<GainSource>(source, value, "evbmf",
                          {{{"reference", GainSource::reference}, {"exact", GainSource::exact}}});
  return source;
}

}  // namespace hindcast::report
