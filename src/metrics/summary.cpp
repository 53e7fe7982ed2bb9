#include "hindcast/metrics/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "hindcast/metrics/metric.hpp"

namespace hindcast::metrics {
namespace {

using Layers = std::span<const LayerMeasurement* const>;

Aggregate aggregate(const Metric& metric, Layers layers) {
  Aggregate out;
  out.metric = metric.key;
  double sum = 0.0;
  double weighted = 0.0;
  double weights = 0.0;
  double squares = 0.0;
  double logarithms = 0.0;
  for (const LayerMeasurement* layer : layers) {
    const std::optional<double> q = metric.measure(*layer);
    if (!q) {
      continue;
    }
    const auto p = static_cast<double>(layer->weights);
    ++out.layers;
    sum += *q;
    weighted += p * *q;
    weights += p;
    squares += *q * *q;
    logarithms += std::log(*q);  // -inf or NaN where q is not positive: then it is not used.
    out.min = std::min(out.min.value_or(*q), *q);
    out.max = std::max(out.max.value_or(*q), *q);
  }
  if (out.layers == 0) {
    return out;
  }
  const auto n = static_cast<double>(out.layers);
  out.mean = sum / n;
  out.weighted_mean = weighted / weights;
  out.l2 = std::sqrt(squares / n);
  if (*out.min > 0.0) {
    out.geometric_mean = std::exp(logarithms / n);
  }
  return out;
}

// The sum over all layers, or nothing where one of them has no part (or there is none at all).
template <typename Part>
std::optional<double> sum_over(Layers layers, const Part& part) {
  double total = 0.0;
  for (const LayerMeasurement* layer : layers) {
    const std::optional<double> one = part(*layer);
    if (!one) {
      return std::nullopt;
    }
    total += *one;
  }
  return layers.empty() ? std::nullopt : std::optional(total);
}

std::vector<double> rotations(Layers layers) {
  std::vector<double> out;
  for (const LayerMeasurement* layer : layers) {
    if (layer->rotation) {
      out.push_back(*layer->rotation);
    }
  }
  return out;
}

std::optional<double> standard_deviation(const std::vector<double>& values) {
  if (values.empty()) {
    return std::nullopt;
  }
  const auto n = static_cast<double>(values.size());
  double sum = 0.0;
  for (const double value : values) {
    sum += value;
  }
  double squares = 0.0;
  for (const double value : values) {
    squares += (value - sum / n) * (value - sum / n);
  }
  return std::sqrt(squares / n);
}

std::optional<double> share_past(const std::vector<double>& values, double bound) {
  if (values.empty()) {
    return std::nullopt;
  }
  const auto past = std::ranges::count_if(values, [bound](double v) { return v >= bound; });
  return static_cast<double>(past) / static_cast<double>(values.size());
}

const UnfoldingMeasurement& output_unfolding(const LayerMeasurement& layer) {
  return layer.unfoldings.front();
}

std::optional<double> log_squared_norm(const LayerMeasurement& layer) {
  const std::optional<double> norm = output_unfolding(layer).spectral_norm;
  return norm && *norm > 0.0 ? std::optional(2.0 * std::log(*norm)) : std::nullopt;
}

constexpr std::array<std::string_view, 7> kTotals = {
    "log_product_of_spectral_norms", "sum_of_stable_ranks", "distance_from_init_frobenius",
    "distance_from_init_spectral",   "rotation_spread",     "rotation_past_half",
    "rotation_past_nine_tenths"};

constexpr std::array kStatistics = {
    Statistic{"mean", &Aggregate::mean}, Statistic{"weighted_mean", &Aggregate::weighted_mean},
    Statistic{"l2", &Aggregate::l2},     Statistic{"geometric_mean", &Aggregate::geometric_mean},
    Statistic{"min", &Aggregate::min},   Statistic{"max", &Aggregate::max}};

}  // namespace

std::span<const Statistic> statistics() noexcept {
  return kStatistics;
}

Summary summarise(Layers layers) {
  Summary summary;
  for (const Metric& metric : metrics()) {
    summary.aggregates.push_back(aggregate(metric, layers));
  }
  const std::vector<double> rotation = rotations(layers);
  const std::array<std::optional<double>, kTotals.size()> values = {
      sum_over(layers, log_squared_norm),
      sum_over(layers, [](const auto& layer) { return output_unfolding(layer).stable_rank; }),
      sum_over(layers, [](const auto& layer) { return layer.distance_from_init_frobenius; }),
      sum_over(layers, [](const auto& layer) { return layer.distance_from_init_spectral; }),
      standard_deviation(rotation),
      share_past(rotation, 0.5),
      share_past(rotation, 0.9)};
  for (std::size_t i = 0; i < kTotals.size(); ++i) {
    summary.totals.push_back({.key = kTotals[i], .value = values[i]});
  }
  return summary;
}

std::span<const std::string_view> total_keys() noexcept {
  return kTotals;
}

std::string_view metric_left_out_by(std::string_view total_key) noexcept {
  return total_key.starts_with("rotation_") ? "rotation" : "";
}

}  // namespace hindcast::metrics
