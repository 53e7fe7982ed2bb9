#include "analysis/values_digest.hpp"

#include <limits>
#include <set>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast;
using analysis::values_digest;

TEST_CASE("values_digest: what differs in any bit that counts differs in it") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::vector<double>> all = {{1.0, 2.0},       {2.0, 1.0},
                                                {1.0, 2.0, 0.0},  {0.0, 2.0},
                                                {-0.0, 2.0},      {1.0, 2.1},
                                                {1.0, nan},       {1.0, infinity},
                                                {1.0, -infinity}, {1.0, 1e300},
                                                {1.0, 3.4e38},    {1.0, 3.5e38},
                                                {1.0, 1e-300},    {}};
  std::set<std::string> digests;
  for (const std::vector<double>& values : all) {
    CHECK(values_digest(values) == values_digest(std::vector<double>(values)));
    digests.insert(values_digest(values));
  }
  CHECK(digests.size() == all.size());
}

TEST_CASE("values_digest: float32 weights take the short way") {
  CHECK(values_digest(std::vector<double>{0.5, static_cast<double>(0.1F)}).ends_with("float32"));
  CHECK(values_digest(std::vector<double>{0.5, 0.1}).ends_with("float64"));
}
