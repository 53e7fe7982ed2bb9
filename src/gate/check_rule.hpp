#pragma once

#include <string>

#include "hindcast/gate/rule.hpp"

namespace hindcast::gate {

/// What makes a rule senseless although each of its parts is right ("sum_of_stable_ranks is one
/// number for a checkpoint, ..."); empty where nothing does.
[[nodiscard]] std::string contradiction_in(const Rule& rule);

/// The kinds of layers that a selection can name: "conv", "linear", ...
[[nodiscard]] bool is_layer_kind(std::string_view word) noexcept;
[[nodiscard]] std::string unknown_kind(std::string_view word);

}  // namespace hindcast::gate
