#include "analysis/share_out.hpp"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

using namespace hindcast;
using analysis::share_out;

namespace {

using Costs = std::vector<std::uint64_t>;

// What each shard has to do.
Costs loads_of(const Costs& costs, std::size_t shards) {
  Costs loads(shards);
  const std::vector<std::size_t> whose = share_out(costs, shards);
  REQUIRE(whose.size() == costs.size());
  for (std::size_t i = 0; i < costs.size(); ++i) {
    REQUIRE(whose[i] < shards);
    loads[whose[i]] += costs[i];
  }
  return loads;
}

}  // namespace

TEST_CASE("share_out: shards differ by no more than the largest cost") {
  std::mt19937 random(1);
  for (const std::size_t shards : {1U, 2U, 3U, 8U, 100U}) {
    for (int repetition = 0; repetition < 20; ++repetition) {
      Costs costs(1 + random() % 300);
      for (std::uint64_t& cost : costs) {
        cost = 1 + random() % (repetition % 2 == 0 ? 10 : 1'000'000);
      }
      const Costs loads = loads_of(costs, shards);
      const auto [least, most] = std::ranges::minmax(loads);
      CAPTURE(shards);
      CAPTURE(costs.size());
      CHECK(most - least <= std::ranges::max(costs));
    }
  }
}

TEST_CASE("share_out: the largest go first, each to who has least") {
  CHECK(share_out(Costs{1, 7, 4, 5, 3}, 2) == std::vector<std::size_t>{1, 0, 1, 1, 0});
  CHECK(share_out(Costs{2, 2, 2, 2}, 3) == std::vector<std::size_t>{0, 1, 2, 0});
}

TEST_CASE("share_out: there may be more shards than work, or none") {
  CHECK(share_out(Costs{5, 6}, 100'000) == std::vector<std::size_t>{1, 0});
  CHECK(share_out(Costs{}, 3).empty());
}
