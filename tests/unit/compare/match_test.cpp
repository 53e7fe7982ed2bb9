#include "compare/match.hpp"

#include <doctest/doctest.h>

using namespace hindcast;
using compare::Match;
using compare::match_by_key;
using compare::match_layers;

namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
using Indices = std::vector<std::size_t>;
using Extents = std::vector<std::uint64_t>;

report::LayerReport layer(const std::string& name, Extents shape, const std::string& layout) {
  report::LayerReport out;
  out.name = name;
  out.shape = std::move(shape);
  out.layout = layout;
  return out;
}

}  // namespace

TEST_CASE("match: the n-th of a key with the n-th, and the rest is alone") {
  const compare::Matching matching = match_by_key({"a", "b", "a", "c", "a"}, {"d", "a", "a", "b"});
  CHECK(matching.pairs == Pairs{{0, 1}, {1, 3}, {2, 2}});
  CHECK(matching.only_in_a == Indices{3, 4});
  CHECK(matching.only_in_b == Indices{0});
}

TEST_CASE("match: with nothing on one side all of the other is alone, in order") {
  CHECK(match_by_key({}, {"b", "a", "c"}).only_in_b == Indices{0, 1, 2});
  CHECK(match_by_key({"b", "a"}, {}).only_in_a == Indices{0, 1});
}

TEST_CASE("match: by position, layers of one logical shape belong together in any layout") {
  const std::vector<report::LayerReport> a = {layer("conv", {8, 3, 5, 4}, "OIHW"),
                                              layer("fc", {10, 8}, "OI")};
  const std::vector<report::LayerReport> b = {layer("dense", {8, 10}, "IO"),
                                              layer("fc", {8, 10}, "OI"),
                                              layer("kernel", {5, 4, 3, 8}, "HWIO")};
  CHECK(match_layers(a, b, Match::position).pairs == Pairs{{0, 2}, {1, 0}});
  CHECK(match_layers(a, b, Match::name).pairs == Pairs{{1, 1}});
}

TEST_CASE("match: by position, what has kept its name and shape is matched by them first") {
  const std::vector<report::LayerReport> a = {layer("h1", {4, 4}, "OI"), layer("h2", {4, 4}, "OI"),
                                              layer("head", {5, 4}, "OI")};
  std::vector<report::LayerReport> b = {layer("h0", {4, 4}, "OI"), layer("h2", {4, 4}, "OI"),
                                        layer("h1", {4, 4}, "OI"), layer("head", {6, 4}, "OI")};
  const compare::Matching matching = match_layers(a, b, Match::position);
  CHECK(matching.pairs == Pairs{{0, 2}, {1, 1}, {2, 3}});
  CHECK(matching.only_in_b == Indices{0});
  b[2].name = "h3";
  CHECK(match_layers(a, b, Match::position).pairs == Pairs{{0, 0}, {1, 1}, {2, 3}});
}

TEST_CASE("match: a layout that is none of the shape leaves it as it is") {
  for (const char* letters : {"", "O", "QQ", "OO", "IO2"}) {
    CAPTURE(letters);
    CHECK(compare::logical_shape({2, 3}, letters) == Extents{2, 3});
  }
  CHECK(compare::logical_shape({2, 3}, "IO") == Extents{3, 2});
}
