#include "hindcast/metrics/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <vector>

#include "hindcast/metrics/metric.hpp"

namespace hindcast::metrics {
namespace {

using Layers = std::span<const LayerMeasurement* const>;

struct Part {
  double value = 0.0;
  double weights = 0.0;
};

std::vector<Part> parts_of(const Metric& metric, Layers layers) {
  std::vector<Part> parts;
  for (const LayerMeasurement* layer : layers) {
    if (const std::optional<double> value = metric.measure(*layer)) {
      parts.push_back({.value = *value, .weights = static_cast<double>(layer->weights)});
    }
  }
  return parts;
}

double largest_magnitude(const std::vector<Part>& parts) {
  double largest = 0.0;
  for (const Part& part : parts) {
    largest = std::max(largest, std::abs(part.value));
  }
  return largest;
}

// A power of two that brings every value near 1 or below, so that neither squares nor sums leave
// the range of a double; multiplying by it rounds nothing.
double unit_of(const std::vector<Part>& parts) {
  const double largest = largest_magnitude(parts);
  constexpr double kHarmless = 0x1p400;
  return largest > kHarmless ? 0x1p-600 : 1.0;
}

Aggregate aggregate(const Metric& metric, Layers layers) {
  Aggregate out;
  out.metric = metric.key;
  const std::vector<Part> parts = parts_of(metric, layers);
  if (parts.empty()) {
    return out;
  }
  out.layers = std::ssize(parts);
  out.min = parts.front().value;
  out.max = parts.front().value;
  const double unit = unit_of(parts);
  double sum = 0.0;
  double weighted = 0.0;
  double weights = 0.0;
  double squares = 0.0;
  double logarithms = 0.0;
  for (const Part& part : parts) {
    const double q = part.value * unit;
    sum += q;
    weighted += part.weights * q;
    weights += part.weights;
    squares += q * q;
    logarithms += std::log(part.value);  // -inf or NaN where it is not positive: not used then.
    out.min = std::min(*out.min, part.value);
    out.max = std::max(*out.max, part.value);
  }
  const auto n = static_cast<double>(out.layers);
  out.mean = sum / n / unit;
  out.weighted_mean = weighted / weights / unit;
  out.l2 = std::sqrt(squares / n) / unit;
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
  return layers.empty() || !std::isfinite(total) ? std::nullopt : std::optional(total);
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
