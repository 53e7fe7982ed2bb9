#include "analysis/share_out.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace hindcast::analysis {

std::vector<std::size_t> share_out(std::span<const std::uint64_t> costs, std::size_t shards) {
  std::vector<std::size_t> order(costs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&](std::size_t item) { return costs[item]; });
  using Load = std::pair<std::uint64_t, std::size_t>;  // And whose it is.
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (std::size_t shard = 0; shard < shards; ++shard) {
    loads.emplace(0, shard);
  }
  std::vector<std::size_t> out(costs.size());
  for (const std::size_t item : order) {
    const auto [load, shard] = loads.top();
    loads.pop();
    out[item] = shard;
    loads.emplace(load + costs[item], shard);
  }
  return out;
}

}  // namespace hindcast::analysis
