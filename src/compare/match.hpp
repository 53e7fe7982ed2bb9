#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/compare.hpp"

namespace hindcast::compare {

/// Which of two lists belong together, by their indices.
struct Matching {
  std::vector<std::pair<std::size_t, std::size_t>> pairs = {};  ///< In the order of A.
  std::vector<std::size_t> only_in_a = {};
  std::vector<std::size_t> only_in_b = {};
};

/// Matches the n-th of those in A that have a key with the n-th in B that has it.
[[nodiscard]] Matching match_by_key(const std::vector<std::string>& a,
                                    const std::vector<std::string>& b);

/// What things are matched by: as many names as shapes.
struct Keys {
  std::vector<std::string> names = {};
  std::vector<std::string> shapes = {};
};

/// Matches by name alone, or for Match::position by name and shape, then the n-th of each shape
/// among what is left, and at last by name what has changed its shape.
[[nodiscard]] Matching match_by(Match match, const Keys& a, const Keys& b);

/// The extents along logical axes, so that frameworks that store them in another order agree;
/// `shape` itself where `letters` are no layout of it.
[[nodiscard]] std::vector<std::uint64_t> logical_shape(const std::vector<std::uint64_t>& shape,
                                                       std::string_view letters);

[[nodiscard]] Matching match_layers(const std::vector<report::LayerReport>& a,
                                    const std::vector<report::LayerReport>& b, Match match);

}  // namespace hindcast::compare
