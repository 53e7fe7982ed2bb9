#include "analysis/values_digest.hpp"

#include <limits>
#include <set>
#include <span>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast;
using analysis::stored_digest;
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

TEST_CASE("values_digest: of float32 and float64 the bytes in the file tell the same") {
  const std::vector<float> narrow = {0.5F, -0.1F, std::numeric_limits<float>::max()};
  const std::vector<double> widened(narrow.begin(), narrow.end());
  CHECK(stored_digest(std::as_bytes(std::span(narrow)), tensor::DType::float32) ==
        values_digest(widened));
  const std::vector<double> wide = {0.5, 0.1};
  CHECK(stored_digest(std::as_bytes(std::span(wide)), tensor::DType::float64) ==
        values_digest(wide));
  CHECK(stored_digest(std::as_bytes(std::span(wide)), tensor::DType::int64) != values_digest(wide));
}
