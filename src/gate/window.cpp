#include "gate/window.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gate/select_checkpoints.hpp"

namespace hindcast::gate {
namespace {

using report::CheckpointReport;
using report::LayerReport;
using report::RunReport;

// The checkpoints that a trend may be over: all of them, unless a range says otherwise.
std::vector<const CheckpointReport*> candidates(const Rule& rule, const RunReport& run) {
  if (rule.selection.checkpoints.kind != CheckpointChoice::Kind::last) {
    return selected_checkpoints(rule, run);
  }
  std::vector<const CheckpointReport*> all;
  for (const CheckpointReport& checkpoint : run.checkpoints) {
    all.push_back(&checkpoint);
  }
  return all;
}

// One number of the measurements of a window; none where a checkpoint lacks its own.
Measured combined(const Rule& rule, const Window& window, const std::vector<Measured>& measured) {
  Measured out{.layer = {}, .matched = measured.back().matched};
  std::vector<double> values;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const Measured& one = measured[i];
    const bool is_whole = one.missing.empty() || rule.ignore_nulls;
    if (one.value && std::isfinite(*one.value) && is_whole) {
      values.push_back(*one.value);
      continue;
    }
    const std::string what = one.missing.empty() ? "the report" : one.missing.front();
    out.missing.push_back(fmt::format("{} at checkpoint '{}'", what, window[i]->name));
  }
  if (values.size() == measured.size()) {
    out.value = trend_of(rule.trend->by, values);
  }
  return out;
}

double slope(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  const double middle = 0.5 * (count - 1.0);
  double product = 0.0;
  double square = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double place = static_cast<double>(i) - middle;
    product += place * values[i];
    square += place * place;
  }
  return product / square;
}

}  // namespace

std::vector<Window> windows_of(const Rule& rule, const RunReport& run) {
  std::vector<Window> out;
  if (!rule.trend) {
    for (const CheckpointReport* const checkpoint : selected_checkpoints(rule, run)) {
      out.push_back({checkpoint});
    }
    return out;
  }
  const Window all = candidates(rule, run);
  if (static_cast<std::int64_t>(all.size()) >= rule.trend->checkpoints) {
    out.emplace_back(all.end() - rule.trend->checkpoints, all.end());
  }
  return out;
}

std::string why_no_window(const Rule& rule, const RunReport& run) {
  if (run.checkpoints.empty()) {
    return "no checkpoint could be read";
  }
  return rule.trend
             ? fmt::format(
                   "the trend is over {} checkpoints, and there {} {}", rule.trend->checkpoints,
                   candidates(rule, run).size() == 1 ? "is" : "are", candidates(rule, run).size())
             : "no checkpoint is in this range";
}

LayersByName::LayersByName(const Rule& rule, const Window& window) : rule_(rule), window_(window) {
  for (const CheckpointReport* const checkpoint : window) {
    auto& layers = layers_.emplace_back();
    for (const LayerReport* const layer : selected_layers(rule, *checkpoint)) {
      layers.emplace(layer->name, layer);
    }
  }
}

bool LayersByName::has(const std::string& layer) const {
  return layers_.back().contains(layer);
}

Measured LayersByName::measure(const std::string& layer) const {
  if (!rule_.trend) {
    return measure_at(0, layer);
  }
  std::vector<Measured> measured;
  for (std::size_t i = 0; i < window_.size(); ++i) {
    measured.push_back(measure_at(i, layer));
  }
  Measured out = combined(rule_, window_, measured);
  out.layer = layer;
  return out;
}

Measured LayersByName::measure_at(std::size_t checkpoint, const std::string& layer) const {
  const auto place = layers_[checkpoint].find(layer);
  if (place != layers_[checkpoint].end()) {
    return measure_layer(rule_, *place->second);
  }
  Measured out{.layer = layer};
  out.missing.push_back(fmt::format("'{}'", layer));
  return out;
}

Measured measure(const Rule& rule, const Window& window) {
  if (!rule.trend) {
    return measure(rule, *window.back());
  }
  std::vector<Measured> measured;
  for (const CheckpointReport* const checkpoint : window) {
    measured.push_back(measure(rule, *checkpoint));
  }
  return combined(rule, window, measured);
}

double trend_of(Trend::By by, std::span<const double> values) {
  if (by == Trend::By::slope) {
    return slope(values);
  }
  if (by == Trend::By::change) {
    return values.back() - values.front();
  }
  std::vector<double> steps;
  for (std::size_t i = 1; i < values.size(); ++i) {
    steps.push_back(values[i] - values[i - 1]);
  }
  return by == Trend::By::smallest_step ? *std::ranges::min_element(steps)
                                        : *std::ranges::max_element(steps);
}

}  // namespace hindcast::gate
