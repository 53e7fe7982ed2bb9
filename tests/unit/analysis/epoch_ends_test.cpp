#include "analysis/epoch_ends.hpp"

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using namespace hindcast;
using analysis::epoch_ends;
using analysis::Moment;

namespace {

std::vector<Moment> at_epochs(const std::vector<std::int64_t>& epochs) {
  std::vector<Moment> out;
  for (const std::int64_t epoch : epochs) {
    out.push_back({.checkpoint = "e", .step = {}, .epoch = epoch});
  }
  return out;
}

std::vector<Moment> at_steps(const std::vector<std::int64_t>& steps) {
  std::vector<Moment> out;
  for (const std::int64_t step : steps) {
    out.push_back({.checkpoint = "s", .step = step, .epoch = {}});
  }
  return out;
}

using Indices = std::vector<std::size_t>;
using Epochs = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("epoch_ends: consecutive epochs need no note, from 0 or from 1") {
  for (const std::int64_t first : {0, 1}) {
    const auto ends = epoch_ends(at_epochs({first, first + 1, first + 2}), {});
    CHECK(ends.moments == Indices{0, 1, 2});
    CHECK(ends.missing.empty());
    CHECK(ends.notes.empty());
  }
}

TEST_CASE("epoch_ends: gaps are listed and noted, also before the first checkpoint") {
  const auto ends = epoch_ends(at_epochs({3, 5, 6}), {});
  CHECK(ends.missing == Epochs{1, 2, 4});
  REQUIRE(ends.notes.size() == 1);
  CHECK(ends.notes[0].find("not one epoch apart") != std::string::npos);
}

TEST_CASE("epoch_ends: the initial checkpoint tells where the numbering starts") {
  CHECK(epoch_ends(at_epochs({1, 2}), {}, -1).missing == Epochs{0});
  CHECK(epoch_ends(at_epochs({5, 6}), {}, -1).missing == Epochs{0, 1, 2, 3, 4});
  CHECK(epoch_ends(at_epochs({1, 2}), {}, 0).missing.empty());
  CHECK(epoch_ends(at_epochs({5, 6}), {}, 4).missing.empty());
  CHECK(epoch_ends(at_epochs({0, 1}), {}, 90).missing.empty());  // Of another training.
}

TEST_CASE("epoch_ends: two checkpoints of one epoch are noted") {
  const auto ends = epoch_ends(at_epochs({0, 1, 1, 2}), {});
  REQUIRE(ends.notes.size() == 1);
  CHECK(ends.notes[0].find("same epoch") != std::string::npos);
}

TEST_CASE("epoch_ends: steps without their number per epoch are noted") {
  const auto ends = epoch_ends(at_steps({100, 200}), {});
  CHECK(ends.moments == Indices{0, 1});
  REQUIRE(ends.notes.size() == 1);
  CHECK(ends.notes[0].find("--steps-per-epoch") != std::string::npos);
}

TEST_CASE("epoch_ends: with it, only the multiples count and missing ends are listed") {
  const auto ends = epoch_ends(at_steps({50, 100, 150, 300, 400}), 100);
  CHECK(ends.moments == Indices{1, 3, 4});
  CHECK(ends.missing == Epochs{1});
  CHECK(ends.notes.size() == 1);
}

TEST_CASE("epoch_ends: steps are needed where they are asked for") {
  CHECK_THROWS_AS(epoch_ends(at_epochs({0, 1}), 100), Error);
}

TEST_CASE("epoch_ends: a wild label does not list billions of missing epochs") {
  const auto ends = epoch_ends(at_epochs({0, 4'000'000'000'000'000'000}), {});
  CHECK(ends.missing.size() <= 10'000);
}
