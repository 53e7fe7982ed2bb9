// The list of layer metrics. To add one: measure it in measure_unfolding or layer_measurement and
// give it an entry here; the reports, the CSV columns and the summary follow.

#include <algorithm>
#include <array>
#include <cassert>

#include "hindcast/metrics/metric.hpp"

namespace hindcast::metrics {
namespace {

template <typename Value>
std::optional<double> mean_over_unfoldings(const LayerMeasurement& layer, const Value& value) {
  if (layer.unfoldings.empty()) {
    return std::nullopt;
  }
  double total = 0.0;
  for (const UnfoldingMeasurement& unfolding : layer.unfoldings) {
    const std::optional<double> one = value(unfolding);
    if (!one) {
      return std::nullopt;
    }
    total += *one;
  }
  return total / static_cast<double>(layer.unfoldings.size());
}

template <std::optional<double> UnfoldingMeasurement::*Member>
std::optional<double> spectral_value(const LayerMeasurement& layer) {
  return mean_over_unfoldings(layer, [](const auto& unfolding) { return unfolding.*Member; });
}

template <LowRankMeasurement UnfoldingMeasurement::*Minimiser, double spectral::LowRank::*Member>
std::optional<double> low_rank_value(const LayerMeasurement& layer) {
  return mean_over_unfoldings(layer, [](const auto& unfolding) -> std::optional<double> {
    const auto& value = (unfolding.*Minimiser).value;
    return value ? std::optional((*value).*Member) : std::nullopt;
  });
}

template <std::optional<double> LayerMeasurement::*Member>
std::optional<double> layer_value(const LayerMeasurement& layer) {
  return layer.*Member;
}

using Layer = LayerMeasurement;
using Side = UnfoldingMeasurement;
using spectral::LowRank;

constexpr std::string_view kRotationSource = "https://arxiv.org/abs/1806.01603";
constexpr std::string_view kGainSource = "https://arxiv.org/abs/2203.16723";

constexpr std::array kMetrics = {
    Metric{"rotation", "Rotation: cosine distance from the initial weights", kRotationSource, true,
           false, layer_value<&Layer::rotation>},
    Metric{"step_rotation", "Cosine distance from the previous checkpoint", kRotationSource, true,
           false, layer_value<&Layer::step_rotation>},
    Metric{"relative_distance", "Distance from the initial weights, relative to their norm",
           kRotationSource, true, false, layer_value<&Layer::relative_distance>},
    Metric{"knowledge_gain", "Knowledge gain, at EVBMF's global minimum", kGainSource, true, true,
           low_rank_value<&Side::exact, &LowRank::knowledge_gain>},
    Metric{"knowledge_gain_reference", "Knowledge gain as the RMSGD optimiser sees it", kGainSource,
           false, true, low_rank_value<&Side::reference, &LowRank::knowledge_gain>},
    Metric{"mapping_condition", "Condition of the low-rank part", kGainSource, true, true,
           low_rank_value<&Side::exact, &LowRank::mapping_condition>},
    Metric{"rank_ratio", "Share of EVBMF's rank in the number of rows", kGainSource, true, true,
           low_rank_value<&Side::exact, &LowRank::rank_ratio>},
    Metric{"stable_rank", "Stable rank: squared Frobenius over squared spectral norm",
           "https://doi.org/10.1145/1255443.1255449", true, true,
           spectral_value<&Side::stable_rank>},
    Metric{"effective_rank", "Effective rank: exponential of the spectrum's entropy",
           "https://infoscience.epfl.ch/record/110188", true, true,
           spectral_value<&Side::effective_rank>},
    Metric{"condition_number", "Largest over smallest singular value", "", true, true,
           spectral_value<&Side::condition_number>},
    Metric{"spectral_norm", "Largest singular value", "", false, true,
           spectral_value<&Side::spectral_norm>},
    Metric{"frobenius_norm", "Square root of the sum of squared weights", "", false, true,
           spectral_value<&Side::frobenius_norm>},
};

}  // namespace

std::span<const Metric> metrics() noexcept {
  return kMetrics;
}

std::optional<double> value(const LayerMeasurement& layer, std::string_view key) {
  const auto* const metric = std::ranges::find(kMetrics, key, &Metric::key);
  assert(metric != kMetrics.end());
  return metric->measure(layer);
}

}  // namespace hindcast::metrics
