#include "compare/coverage.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "report/layer_values.hpp"

namespace hindcast::compare {
namespace {

std::vector<bool> covered(const report::LayerValue* which,
                          const std::vector<report::LayerReport>& layers) {
  std::vector<bool> out;
  for (const report::LayerReport& layer : layers) {
    out.push_back(which == nullptr || report::value(layer, *which).has_value());
  }
  return out;
}

bool any_of(const std::vector<bool>& covered, const std::vector<std::size_t>& indices) {
  return std::ranges::any_of(indices, [&](std::size_t index) { return covered[index]; });
}

}  // namespace

Coverage coverage_of(std::string_view metric, const report::CheckpointReport& a,
                     const report::CheckpointReport& b, const Matching& matching) {
  const report::LayerValue* const which = report::find_layer_value(metric);
  const std::vector<bool> in_a = covered(which, a.layers);
  const std::vector<bool> in_b = covered(which, b.layers);
  const bool are_pairs_equal = std::ranges::all_of(
      matching.pairs, [&](const auto& pair) { return in_a[pair.first] == in_b[pair.second]; });
  return {.a = std::ranges::count(in_a, true),
          .b = std::ranges::count(in_b, true),
          .is_equal = are_pairs_equal && !any_of(in_a, matching.only_in_a) &&
                      !any_of(in_b, matching.only_in_b)};
}

std::string describe(const Coverage& coverage) {
  return coverage.a == coverage.b
             ? fmt::format("over {} layers, not the same in A and B", coverage.a)
             : fmt::format("over {} layer{} in A, {} in B", coverage.a, coverage.a == 1 ? "" : "s",
                           coverage.b);
}

}  // namespace hindcast::compare
