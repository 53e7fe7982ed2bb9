#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "lint/run_view.hpp"
#include "lint/which_is_copy.hpp"

namespace hindcast::lint {

/// Which of several equal states the training came to, the path of the others tells.
struct Genuine {
  std::size_t position = 0;
  std::optional<std::size_t> rival = {};  ///< It may as well be this one.
};

/// What evidence ends in where there is a rival.
inline constexpr std::string_view kOrOtherWay = ", or the other way round";

/// Of the positions in `group`, ascending, where `tensors` are equal.
[[nodiscard]] Genuine genuine_of(const RunView& view, const std::vector<std::size_t>& group,
                                 const std::vector<std::size_t>& tensors);

/// All positions that `pair` names.
[[nodiscard]] std::vector<std::size_t> all_of(const EqualPair& pair);

}  // namespace hindcast::lint
