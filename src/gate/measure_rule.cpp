#include "gate/measure_rule.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/metric_names.hpp"
#include "report/layer_values.hpp"
#include "report/unfolding_values.hpp"

namespace hindcast::gate {
namespace {

struct LayerNumber {
  const report::LayerReport* layer = nullptr;
  double value = 0.0;
};

bool matches(const std::vector<std::string>& globs, const std::string& name) {
  const auto matches_name = [&](const std::string& glob) { return glob_matches(glob, name); };
  return globs.empty() || std::ranges::any_of(globs, matches_name);
}

std::optional<double> value_of(const Rule& rule, const report::LayerReport& layer) {
  const auto read = [&](const auto* which) {
    return rule.metric.unfolding ? report::value(layer, *which, *rule.metric.unfolding)
                                 : report::value(layer, *which);
  };
  if (const auto* const which = report::find_layer_value(rule.metric.key)) {
    return read(which);
  }
  const auto* const which = report::find_unfolding_value(rule.metric.key);
  return which == nullptr ? std::nullopt : read(which);
}

// "'conv1.weight' (non_finite)"
std::string describe_missing(const Rule& rule, const report::LayerReport& layer) {
  const std::optional<tensor::Unfolding> side = rule.metric.unfolding;
  if (side && std::ranges::find(layer.measured.unfoldings, *side,
                                &metrics::UnfoldingMeasurement::unfolding) ==
                  layer.measured.unfoldings.end()) {
    return fmt::format("'{}' (it has no {} unfolding)", layer.name, tensor::name(*side));
  }
  std::string statuses;
  for (const metrics::Status status : layer.measured.status.list()) {
    statuses += (statuses.empty() ? "" : ", ") + std::string(metrics::name(status));
  }
  return fmt::format("'{}'{}", layer.name, statuses.empty() ? "" : fmt::format(" ({})", statuses));
}

void take_extreme(Measured& out, const std::vector<LayerNumber>& numbers, bool smallest) {
  const auto* best = &numbers.front();
  for (const LayerNumber& one : numbers) {
    if (smallest ? one.value < best->value : one.value > best->value) {
      best = &one;
    }
  }
  out.value = best->value;
  out.layer = best->layer->name;
}

double mean(const std::vector<LayerNumber>& numbers, bool weighted) {
  double sum = 0.0;
  double weights = 0.0;
  for (const LayerNumber& one : numbers) {
    const double p = weighted ? static_cast<double>(one.layer->measured.weights) : 1.0;
    sum += p * one.value;
    weights += p;
  }
  return sum / weights;
}

double quantile_of(const std::vector<LayerNumber>& numbers, double share) {
  std::vector<double> values;
  values.reserve(numbers.size());
  for (const LayerNumber& one : numbers) {
    values.push_back(one.value);
  }
  return quantile(std::move(values), share);
}

void aggregate(Measured& out, const Rule& rule, const std::vector<LayerNumber>& numbers) {
  if (rule.aggregate == Aggregate::count) {
    out.value = static_cast<double>(numbers.size());
    return;
  }
  if (numbers.empty()) {
    return;
  }
  switch (rule.aggregate) {
    case Aggregate::min:
    case Aggregate::max:
      take_extreme(out, numbers, rule.aggregate == Aggregate::min);
      break;
    case Aggregate::mean:
    case Aggregate::weighted_mean:
      out.value = mean(numbers, rule.aggregate == Aggregate::weighted_mean);
      break;
    case Aggregate::median:
    case Aggregate::quantile:
      out.value = quantile_of(numbers, rule.aggregate == Aggregate::median ? 0.5 : rule.share);
      break;
    case Aggregate::each:
    case Aggregate::count:
    case Aggregate::summary:
      break;
  }
}

// The layers that a summary's number leaves out, as far as it counts them.
std::vector<std::string> left_out(const metrics::Summary& summary, std::string_view metric,
                                  std::size_t layers) {
  const auto place = std::ranges::find(summary.aggregates, metric, &metrics::Aggregate::metric);
  if (place == summary.aggregates.end() || place->layers >= static_cast<std::int64_t>(layers)) {
    return {};
  }
  return {
      fmt::format("{} of {} layers", static_cast<std::int64_t>(layers) - place->layers, layers)};
}

Measured measure_score(const Rule& rule, const report::CheckpointReport& checkpoint) {
  Measured out;
  out.matched = checkpoint.layers.size();
  const auto score =
      std::ranges::find(checkpoint.scores, rule.metric.key, &report::LoggedNumber::name);
  if (score != checkpoint.scores.end()) {
    out.value = score->value;
  }
  return out;
}

Measured measure_summary(const Rule& rule, const report::CheckpointReport& checkpoint) {
  const metrics::Summary& summary = checkpoint.summary;
  Measured out;
  out.matched = checkpoint.layers.size();
  const std::string& key = rule.metric.key;
  if (rule.metric.statistic.empty()) {
    const auto total = std::ranges::find(summary.totals, key, &metrics::Total::key);
    out.value = total == summary.totals.end() ? std::nullopt : total->value;
    out.missing = left_out(summary, metrics::metric_left_out_by(key), out.matched);
    return out;
  }
  const auto of_metric = std::ranges::find(summary.aggregates, key, &metrics::Aggregate::metric);
  if (rule.metric.statistic == kLayerCount) {
    // It says itself how many layers have no value.
    if (of_metric != summary.aggregates.end()) {
      out.value = static_cast<double>(of_metric->layers);
    }
    return out;
  }
  const auto statistics = metrics::statistics();
  const auto which = std::ranges::find(statistics, rule.metric.statistic, &metrics::Statistic::key);
  if (of_metric != summary.aggregates.end() && which != statistics.end()) {
    out.value = (*of_metric).*(which->value);
  }
  out.missing = left_out(summary, key, out.matched);
  return out;
}

}  // namespace

std::vector<const report::LayerReport*> selected_layers(
    const Rule& rule, const report::CheckpointReport& checkpoint) {
  std::vector<const report::LayerReport*> out;
  const std::vector<std::string>& kinds = rule.selection.kinds;
  for (const report::LayerReport& layer : checkpoint.layers) {
    const bool right_kind = kinds.empty() || std::ranges::find(kinds, layer.kind) != kinds.end();
    if (right_kind && matches(rule.selection.layers, layer.name)) {
      out.push_back(&layer);
    }
  }
  return out;
}

Measured measure_layer(const Rule& rule, const report::LayerReport& layer) {
  Measured out{.value = value_of(rule, layer), .layer = layer.name, .matched = 1};
  if (!out.value) {
    out.missing.push_back(describe_missing(rule, layer));
  }
  return out;
}

Measured measure(const Rule& rule, const report::CheckpointReport& checkpoint) {
  if (rule.metric.of_scores) {
    return measure_score(rule, checkpoint);
  }
  if (rule.metric.of_summary) {
    return measure_summary(rule, checkpoint);
  }
  Measured out;
  std::vector<LayerNumber> numbers;
  for (const report::LayerReport* const layer : selected_layers(rule, checkpoint)) {
    ++out.matched;
    if (const std::optional<double> value = value_of(rule, *layer)) {
      numbers.push_back({.layer = layer, .value = *value});
    } else {
      out.missing.push_back(describe_missing(rule, *layer));
      out.first_missing = out.missing.size() == 1 ? layer->name : out.first_missing;
    }
  }
  aggregate(out, rule, numbers);
  return out;
}

double quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = place - std::floor(place);
  // Not a + part * (b - a): that may pass b, or overflow.
  return part == 0.0 ? values[below] : (1.0 - part) * values[below] + part * values[above];
}

}  // namespace hindcast::gate
