#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "gate/rule.hpp"

namespace hindcast::gate {

/// What makes a rule senseless although each of its parts is right ("sum_of_stable_ranks is one
/// number for a checkpoint, ..."); empty where nothing does.
[[nodiscard]] std::string contradiction_in(const Rule& rule);

/// From one checkpoint to the next.
inline constexpr std::int64_t kLeastTrend = 2;
[[nodiscard]] std::string too_short_a_trend(std::int64_t checkpoints);

inline constexpr std::array kTrends = {Trend::By::slope, Trend::By::change,
                                       Trend::By::smallest_step, Trend::By::largest_step};

/// The kinds of layers that a selection can name: "conv", "linear", ...
[[nodiscard]] bool is_layer_kind(std::string_view word) noexcept;
[[nodiscard]] std::string unknown_kind(std::string_view word);

}  // namespace hindcast::gate
