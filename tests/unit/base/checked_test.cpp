#include "base/checked.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using namespace hindcast;

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("checked: a product that fits is exact") {
  CHECK(checked_mul(0, kMost) == 0);
  CHECK(checked_mul(1, kMost) == kMost);
  CHECK(checked_mul(0xFFFFFFFFULL, 0x100000001ULL) == kMost);
}

TEST_CASE("checked: a product that wraps throws") {
  // 2^62 * 4 is 0 modulo 2^64.
  CHECK_THROWS_AS(static_cast<void>(checked_mul(1ULL << 62U, 4)), Error);
  CHECK_THROWS_AS(static_cast<void>(checked_mul(kMost, 2)), Error);
}

TEST_CASE("checked: a scalar has one element and an empty extent leaves none") {
  CHECK(element_count(std::vector<std::uint64_t>{}) == 1);
  CHECK(element_count(std::vector<std::uint64_t>{3, 4, 5}) == 60);
  CHECK(element_count(std::vector<std::uint64_t>{kMost, kMost, 0}) == 0);
}

TEST_CASE("checked: a shape whose elements do not fit 64 bits throws malformed") {
  try {
    static_cast<void>(element_count(std::vector<std::uint64_t>{1ULL << 40U, 1ULL << 40U}));
    FAIL("no exception");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
  }
}
