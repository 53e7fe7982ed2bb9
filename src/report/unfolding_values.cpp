#include "report/unfolding_values.hpp"

#include <algorithm>
#include <array>

namespace hindcast::report {
namespace {

using spectral::LowRank;
using Side = metrics::UnfoldingMeasurement;

template <metrics::LowRankMeasurement Side::*Minimiser, auto LowRank::*Member>
std::optional<double> low_rank(const Side& side) {
  const std::optional<LowRank>& value = (side.*Minimiser).value;
  return value ? std::optional(static_cast<double>((*value).*Member)) : std::nullopt;
}

constexpr std::array kValues = {
    UnfoldingValue{"smallest_singular_value",
                   [](const Side& side) { return side.smallest_singular_value; }},
    UnfoldingValue{"rank", low_rank<&Side::exact, &LowRank::rank>},
    UnfoldingValue{"noise_variance", low_rank<&Side::exact, &LowRank::noise_variance>},
    UnfoldingValue{"low_rank.exact.rank", low_rank<&Side::exact, &LowRank::rank>},
    UnfoldingValue{"low_rank.exact.rank_ratio", low_rank<&Side::exact, &LowRank::rank_ratio>},
    UnfoldingValue{"low_rank.exact.knowledge_gain",
                   low_rank<&Side::exact, &LowRank::knowledge_gain>},
    UnfoldingValue{"low_rank.exact.mapping_condition",
                   low_rank<&Side::exact, &LowRank::mapping_condition>},
    UnfoldingValue{"low_rank.exact.noise_variance",
                   low_rank<&Side::exact, &LowRank::noise_variance>},
    UnfoldingValue{"low_rank.reference.rank", low_rank<&Side::reference, &LowRank::rank>},
    UnfoldingValue{"low_rank.reference.rank_ratio",
                   low_rank<&Side::reference, &LowRank::rank_ratio>},
    UnfoldingValue{"low_rank.reference.knowledge_gain",
                   low_rank<&Side::reference, &LowRank::knowledge_gain>},
    UnfoldingValue{"low_rank.reference.mapping_condition",
                   low_rank<&Side::reference, &LowRank::mapping_condition>},
    UnfoldingValue{"low_rank.reference.noise_variance",
                   low_rank<&Side::reference, &LowRank::noise_variance>},
};

}  // namespace

std::span<const UnfoldingValue> unfolding_values() noexcept {
  return kValues;
}

const UnfoldingValue* find_unfolding_value(std::string_view key) noexcept {
  const auto* const place = std::ranges::find(kValues, key, &UnfoldingValue::key);
  return place == kValues.end() ? nullptr : place;
}

std::optional<double> value(const LayerReport& layer, const UnfoldingValue& which) {
  if (layer.measured.unfoldings.empty()) {
    return std::nullopt;
  }
  double total = 0.0;
  for (const Side& side : layer.measured.unfoldings) {
    const std::optional<double> one = which.measure(side);
    if (!one) {
      return std::nullopt;
    }
    total += *one;
  }
  return total / static_cast<double>(layer.measured.unfoldings.size());
}

std::optional<double> value(const LayerReport& layer, const UnfoldingValue& which,
                            tensor::Unfolding unfolding) {
  for (const Side& side : layer.measured.unfoldings) {
    if (side.unfolding == unfolding) {
      return which.measure(side);
    }
  }
  return std::nullopt;
}

}  // namespace hindcast::report
