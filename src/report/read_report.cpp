// A report from its JSON ("hindcast.report/1"; src/report/report.schema.json). Each function reads
// what the function of the same name in json.cpp writes.

#include "hindcast/report/read_report.hpp"

#include <array>

#include <fmt/format.h>

#include "hindcast/base/checked.hpp"
#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/metrics/metric.hpp"
#include "hindcast/report/layer_values.hpp"

#include "base/json_document.hpp"

namespace hindcast::report {
namespace {

using metrics::StatusSet;
using spectral::LowRank;

constexpr std::string_view kSchema = "hindcast.report/1";

// Calls `read` with the member if it is there.
template <typename Read>
void with(const JsonValue& object, std::string_view key, const Read& read) {
  if (const std::optional<JsonValue> member = object.find(key)) {
    read(*member);
  }
}

void read_to(std::string& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) { target = value.text(); });
}

void read_to(bool& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) { target = value.boolean(); });
}

void read_to(double& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) { target = value.number(); });
}

// What there can be none or more of: tensors, layers, values.
void read_to(std::int64_t& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) { target = value.integer(0); });
}

void read_to(std::optional<double>& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) {
    target = value.is_null() ? std::nullopt : std::optional(value.number());
  });
}

void read_to(std::optional<std::int64_t>& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) {
    target = value.is_null() ? std::nullopt : std::optional(value.integer());
  });
}

void read_to(std::vector<std::string>& target, const JsonValue& object, std::string_view key) {
  with(object, key, [&](const JsonValue& value) {
    for (const JsonValue& item : value.items()) {
      target.push_back(item.text());
    }
  });
}

template <typename Item, typename Read>
void read_all(std::vector<Item>& target, const JsonValue& object, std::string_view key,
              const Read& read) {
  with(object, key, [&](const JsonValue& value) {
    for (const JsonValue& item : value.items()) {
      target.push_back(read(item));
    }
  });
}

// One of two words.
template <typename Choice>
void read_choice(Choice& target, const JsonValue& object, std::string_view key,
                 const std::array<std::pair<std::string_view, Choice>, 2>& choices) {
  with(object, key, [&](const JsonValue& value) {
    for (const auto& choice : choices) {
      if (value.text() == choice.first) {
        target = choice.second;
        return;
      }
    }
    value.fail(fmt::format("expected '{}' or '{}', not '{}'", choices[0].first, choices[1].first,
                           printable(value.text())));
  });
}

metrics::Status read_one_status(const JsonValue& value) {
  using metrics::Status;
  for (const Status status :
       {Status::zero, Status::non_finite, Status::below_resolution, Status::near_resolution,
        Status::dead_filter, Status::not_certified, Status::partial}) {
    if (value.text() == metrics::name(status)) {
      return status;
    }
  }
  value.fail(fmt::format("unknown status '{}'", printable(value.text())));
}

StatusSet read_status(const JsonValue& object) {
  StatusSet status;
  with(object, "status", [&](const JsonValue& value) {
    if (value.is_array()) {
      for (const JsonValue& item : value.items()) {
        status.add(read_one_status(item));
      }
    } else if (value.text() != "ok") {
      status.add(read_one_status(value));
    }
  });
  return status;
}

metrics::LowRankMeasurement read_low_rank(const JsonValue& value) {
  metrics::LowRankMeasurement low_rank{.status = read_status(value), .value = {}};
  const std::optional<JsonValue> rank = value.find("rank");
  if (!rank || rank->is_null()) {
    return low_rank;
  }
  low_rank.value = LowRank{.rank = rank->integer(0),
                           .rank_ratio = value.at("rank_ratio").number(),
                           .knowledge_gain = value.at("knowledge_gain").number(),
                           .mapping_condition = value.at("mapping_condition").number(),
                           .noise_variance = value.at("noise_variance").number()};
  return low_rank;
}

metrics::UnfoldingMeasurement read_unfolding(const JsonValue& value, tensor::Unfolding side) {
  metrics::UnfoldingMeasurement out;
  out.unfolding = side;
  out.status = read_status(value);
  read_to(out.rows, value, "rows");
  read_to(out.cols, value, "cols");
  read_to(out.detail, value, "detail");
  read_to(out.non_finite_values, value, "non_finite_values");
  read_choice<spectral::Solver>(
      out.solver, value, "solver",
      {{{"dense", spectral::Solver::dense}, {"partial", spectral::Solver::partial}}});
  read_to(out.computed_values, value, "computed_values");
  read_to(out.spectral_norm, value, "spectral_norm");
  read_to(out.frobenius_norm, value, "frobenius_norm");
  read_to(out.stable_rank, value, "stable_rank");
  read_to(out.effective_rank, value, "effective_rank");
  read_to(out.smallest_singular_value, value, "smallest_singular_value");
  read_to(out.condition_number, value, "condition_number");
  with(value, "low_rank", [&](const JsonValue& low_rank) {
    with(low_rank, "exact", [&](const JsonValue& one) { out.exact = read_low_rank(one); });
    with(low_rank, "reference", [&](const JsonValue& one) { out.reference = read_low_rank(one); });
  });
  return out;
}

std::uint64_t weights_of(const LayerReport& layer, const JsonValue& shape) {
  try {
    return element_count(layer.shape);
  } catch (const Error& error) {
    shape.fail(error.what());
  }
}

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
  with(value, "unfoldings", [&](const JsonValue& unfoldings) {
    for (const auto side : {tensor::Unfolding::output, tensor::Unfolding::input}) {
      with(unfoldings, tensor::name(side),
           [&](const JsonValue& one) { measured.unfoldings.push_back(read_unfolding(one, side)); });
    }
  });
}

LayerReport read_layer(const JsonValue& value) {
  LayerReport layer;
  layer.name = value.at("name").text();
  read_to(layer.kind, value, "kind");
  read_all(layer.shape, value, "shape",
           [](const JsonValue& extent) { return static_cast<std::uint64_t>(extent.integer(0)); });
  read_to(layer.layout, value, "layout");
  read_to(layer.layout_reason, value, "layout_reason");
  read_to(layer.dtype, value, "dtype");
  read_measured(layer, value);
  for (const LayerValue& one : layer_values()) {
    with(value, one.key, [&](const JsonValue& /*number*/) {
      read_to(layer.stated[std::string(one.key)], value, one.key);
    });
  }
  return layer;
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
  read_choice<schedule::RmsgdVariant>(
      schedule.options.variant, value, "rmsgd",
      {{{"release", schedule::RmsgdVariant::release}, {"paper", schedule::RmsgdVariant::paper}}});
  read_choice<GainSource>(schedule.evbmf, value, "evbmf",
                          {{{"reference", GainSource::reference}, {"exact", GainSource::exact}}});
  read_to(schedule.order_evidence, value, "order_evidence");
  read_to(schedule.options.init_lr, value, "init_lr");
  read_to(schedule.options.beta, value, "beta");
  read_to(schedule.options.step_size, value, "step_size");
  read_to(schedule.options.gamma, value, "gamma");
  read_to(schedule.options.linear, value, "linear");
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
  with(value, "schedule", [&](const JsonValue& schedule) {
    if (!schedule.is_null()) {
      run.schedule = read_schedule(schedule);
    }
  });
  read_to(run.no_schedule, value, "no_schedule");
  return run;
}

OptionsEcho read_options(const JsonValue& value) {
  OptionsEcho options;
  read_to(options.solver, value, "solver");
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
  return options;
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

Report read_report(std::string_view json) {
  const JsonDocument document(json);
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
