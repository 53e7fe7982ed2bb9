#include "statistics/holm.hpp"

#include <vector>

#include <doctest/doctest.h>

using hindcast::statistics::holm;

namespace {

void check(const std::vector<double>& p_values, const std::vector<double>& expected) {
  const std::vector<double> found = holm(p_values);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-14));
  }
}

}  // namespace

TEST_CASE("holm: the least p by all, the next by one less, and never less than the one before") {
  check({0.01, 0.04, 0.03, 0.005}, {0.03, 0.06, 0.06, 0.02});
  check({0.02, 0.011}, {0.022, 0.022});
}

TEST_CASE("holm: one alone stands, none is none, and nothing exceeds 1") {
  check({0.2}, {0.2});
  check({}, {});
  check({0.6, 0.7, 0.6}, {1.0, 1.0, 1.0});
}
