#include "analysis/gain_history.hpp"

#include <algorithm>

#include "hindcast/metrics/metric.hpp"

namespace hindcast::analysis {

void GainHistory::add(Moment moment, const std::vector<report::LayerReport>& layers) {
  moments_.push_back(std::move(moment));
  auto& gains = gains_.emplace_back();
  for (const report::LayerReport& layer : layers) {
    gains.emplace(layer.name,
                  Gain{.reference = metrics::value(layer.measured, "knowledge_gain_reference"),
                       .exact = metrics::value(layer.measured, "knowledge_gain"),
                       .non_finite = layer.measured.status.has(metrics::Status::non_finite)});
  }
}

std::optional<std::vector<std::vector<double>>> GainHistory::gains(
    const std::vector<Parameter>& parameters, const std::vector<bool>& tracked,
    const std::vector<std::size_t>& moments, report::GainSource source) const {
  std::vector<std::vector<double>> out;
  std::vector<double> current(parameters.size(), 0.0);
  for (const std::size_t moment : moments) {
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      const auto place = gains_[moment].find(parameters[p].name);
      // A layer that is not finite, or not there, keeps its gain: the published optimiser does so
      // when its factorisation fails. One too small to be analysed has a single singular value in
      // each unfolding, which EVBMF never keeps: 0.
      if (!tracked[p] || place == gains_[moment].end() || place->second.non_finite) {
        continue;
      }
      const std::optional<double>& gain =
          source == report::GainSource::reference ? place->second.reference : place->second.exact;
      if (!gain) {
        return std::nullopt;
      }
      current[p] = *gain;
    }
    out.push_back(current);
  }
  return out;
}

bool GainHistory::carries_gain(const std::string& layer,
                               const std::vector<std::size_t>& moments) const {
  return std::ranges::any_of(moments, [&](std::size_t moment) {
    const auto place = gains_[moment].find(layer);
    return place == gains_[moment].end() || place->second.non_finite;
  });
}

}  // namespace hindcast::analysis
