#include "tensor/relayout.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast::tensor;

namespace {

std::vector<double> counted(std::size_t size) {
  std::vector<double> values(size);
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

}  // namespace

TEST_CASE("relayout: the neutral order is the same for every framework") {
  for (const char* letters : {"OIHW", "HWIO", "IOHW", "WHOI"}) {
    CHECK(neutral(Layout::parse(letters)).letters() == "OIHW");
  }
  CHECK(neutral(Layout::parse("HWIM")).letters() == "MIHW");
  CHECK(neutral(Layout::parse("EIO")).letters() == "EOI");
  CHECK(neutral(Layout::parse("IOO")).letters() == "OOI");
}

TEST_CASE("relayout: axes are found by their letters, repeated ones in order") {
  using Axes = std::vector<std::size_t>;
  CHECK(axes_from(Layout::parse("HWIO"), Layout::parse("OIHW")) == Axes{3, 2, 0, 1});
  CHECK(axes_from(Layout::parse("IOO"), Layout::parse("OOI")) == Axes{1, 2, 0});
  CHECK_FALSE(axes_from(Layout::parse("HWIM"), Layout::parse("OIHW")).has_value());
  CHECK_FALSE(axes_from(Layout::parse("OI"), Layout::parse("OIW")).has_value());
}

TEST_CASE("relayout: each value goes where its indices say") {
  const std::vector<std::uint64_t> shape = {2, 3, 4};
  const std::vector<std::size_t> axes = {2, 0, 1};
  const std::vector<double> values = counted(24);
  const std::vector<double> out = permuted(values, shape, axes);
  REQUIRE(permuted_shape(shape, axes) == std::vector<std::uint64_t>{4, 2, 3});
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 4; ++k) {
        CHECK(out[(k * 2 + i) * 3 + j] == values[(i * 3 + j) * 4 + k]);
      }
    }
  }
}

TEST_CASE("relayout: there and back is the same") {
  const std::vector<std::uint64_t> shape = {3, 5, 2, 7};
  const Layout from = Layout::parse("HWIO");
  const Layout to = Layout::parse("OIHW");
  const auto there = *axes_from(from, to);
  const auto back = *axes_from(to, from);
  const std::vector<double> values = counted(210);
  CHECK(permuted(permuted(values, shape, there), permuted_shape(shape, there), back) == values);
  CHECK(permuted({}, std::vector<std::uint64_t>{0, 3}, std::vector<std::size_t>{1, 0}).empty());
}
