// Tensors made of hardly anything, alone and together.

#include "io/expansion_budget.hpp"

#include <cstdint>
#include <limits>

#include <doctest/doctest.h>

namespace hindcast::io {
namespace {

const Limits kSmall = {.expansion = 100, .expansion_free_bytes = 1000};

TEST_CASE("expansion_budget: up to the ratio, any size passes and costs nothing") {
  ExpansionBudget budget(kSmall);
  for (int i = 0; i < 3; ++i) {
    CHECK(budget.objection(99'999'999, 1'000'000).empty());
  }
  CHECK(budget.objection(std::numeric_limits<std::uint64_t>::max(), 1ULL << 62U).empty());
  CHECK(budget.objection(1000, 10).empty());  // At the ratio: the first that counts.
  CHECK_FALSE(budget.objection(100, 1).empty());
}

TEST_CASE("expansion_budget: what is above it is counted together") {
  ExpansionBudget budget(kSmall);
  CHECK(budget.objection(600, 0).empty());
  CHECK_FALSE(budget.objection(401, 0).empty());
  CHECK(budget.objection(400, 1).empty());  // What was refused is not held.
  CHECK(budget.objection(1, 0) ==
        "takes 1 bytes of memory and stores 0, the limit is 100 times as much beyond 1000 bytes in "
        "a file; raise it with --max-unpacked-bytes or --max-expansion");
  CHECK(budget.objection(0, 0).empty());
  CHECK(budget.objection(99, 1).empty());
}

TEST_CASE("expansion_budget: bytes of doubles do not overflow") {
  CHECK(bytes_of_doubles(3) == 24);
  CHECK(bytes_of_doubles(1ULL << 61U) == std::numeric_limits<std::uint64_t>::max());
  CHECK(bytes_of_doubles((1ULL << 61U) - 1) == 8 * ((1ULL << 61U) - 1));
}

}  // namespace
}  // namespace hindcast::io
