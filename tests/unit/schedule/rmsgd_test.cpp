// The expected rates are worked out by hand from the rule as metrics.md states it; the released
// package itself is the judge in tests/cli/oracle_test.py.

#include "hindcast/schedule/rmsgd.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

using namespace hindcast::schedule;

namespace {

using Gains = std::vector<std::vector<double>>;

void check_rates(const Rates& found, const Rates& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t t = 0; t < expected.size(); ++t) {
    REQUIRE(found[t].size() == expected[t].size());
    for (std::size_t p = 0; p < expected[t].size(); ++p) {
      CAPTURE(t);
      CAPTURE(p);
      CHECK(found[t][p] == doctest::Approx(expected[t][p]).epsilon(1e-14));
    }
  }
}

}  // namespace

TEST_CASE("rmsgd release: one layer that learns from the start") {
  const Gains gains = {{0.1}, {0.3}, {0.25}, {0.0}};
  // v0 = 1; after the first epoch (1 + beta) lr0; then beta v + change of gain.
  const double v1 = 0.5 * 1.0 + 1.0;
  const double v2 = 0.5 * v1 + 0.2;
  const double v3 = 0.5 * v2 - 0.05;
  const double v4 = 0.5 * v3 - 0.25;
  check_rates(rmsgd_rates({true}, gains, {.init_lr = 1.0, .beta = 0.5}),
              {{v1}, {v2}, {v3}, {v4 > 0.0 ? v4 : 0.0}});
}

TEST_CASE("rmsgd release: a layer waits at the initial rate until it has learned something") {
  const Gains gains = {{0.0}, {0.0}, {0.4}, {0.4}};
  const double v3 = 0.5 * 1.0 + 0.4;
  check_rates(rmsgd_rates({true}, gains, {.init_lr = 1.0, .beta = 0.5}),
              {{1.5}, {1.0}, {v3}, {0.5 * v3}});
}

TEST_CASE("rmsgd release: when a layer leaves, the walk passes over its neighbour") {
  // At t = 1 layer 0 leaves, so layer 1, though still at zero, is not held at the initial rate.
  const Gains gains = {{0.0, 0.0, 0.0}, {0.2, 0.0, 0.0}};
  check_rates(rmsgd_rates({true, true, true}, gains, {.init_lr = 1.0, .beta = 0.5}),
              {{1.5, 1.5, 1.5}, {0.5 * 1.5 + 0.2, 0.5 * 1.5, 1.0}});
}

TEST_CASE("rmsgd release: a decay shrinks the memory and the scale of every later change") {
  const Gains gains = {{0.1}, {0.2}, {0.3}};
  const RmsgdOptions options{.init_lr = 1.0, .beta = 0.5, .step_size = 1, .gamma = 0.1};
  const double v1 = 1.5;
  const double v2 = 0.5 * (0.1 * v1) + 0.1 * 0.1;
  const double v3 = 0.5 * (0.1 * v2) + 0.01 * 0.1;
  check_rates(rmsgd_rates({true}, gains, options), {{v1}, {v2}, {v3}});
}

TEST_CASE("rmsgd release: a waiting layer's change is divided by the scale of before the decay") {
  const Gains gains = {{0.0}, {0.0}, {0.0}};
  const RmsgdOptions options{.init_lr = 1.0, .beta = 0.5, .step_size = 2, .gamma = 0.5};
  // t = 1: no decay, v = 0.5 * 1.5 + (1 - 0.75) = 1. t = 2: change 0.5 / 1, then v and the scale
  // are halved: 0.5 * 0.5 + 0.5 * 0.5.
  check_rates(rmsgd_rates({true}, gains, options), {{1.5}, {1.0}, {0.5}});
}

TEST_CASE("rmsgd release: rates do not go below zero") {
  check_rates(rmsgd_rates({true}, {{0.9}, {0.1}}, {.init_lr = 0.01, .beta = 0.5}),
              {{0.015}, {0.0}});
}

TEST_CASE("rmsgd paper: starts at zero, decays the scale alone, and has a floor above zero") {
  const RmsgdOptions options{
      .variant = RmsgdVariant::paper, .init_lr = 1.0, .beta = 0.5, .step_size = 1, .gamma = 0.1};
  // t = 0: v = 0 + lr0. t = 1: the scale is 0.1: 0.5 * 1 + 0.1 * 0.1. t = 2: 0.01 of the change.
  const double v2 = 0.5 + 0.01;
  check_rates(rmsgd_rates({true}, {{0.1}, {0.2}, {0.3}}, options),
              {{1.0}, {v2}, {0.5 * v2 + 0.001}});
  check_rates(rmsgd_rates({true}, {{0.9}, {0.1}},
                          {.variant = RmsgdVariant::paper, .init_lr = 0.01, .beta = 0.5}),
              {{0.01}, {1e-10}});
}

TEST_CASE("rmsgd paper: a waiting layer's change is not divided by the scale") {
  const RmsgdOptions options{
      .variant = RmsgdVariant::paper, .init_lr = 1.0, .beta = 0.5, .step_size = 1, .gamma = 0.5};
  // t = 1: change 1 - 0.5, scale 0.5: 0.5 + 0.25. t = 2: change 1 - 0.375, scale 0.25.
  check_rates(rmsgd_rates({true}, {{0.0}, {0.0}, {0.0}}, options),
              {{1.0}, {0.75}, {0.375 + 0.25 * 0.625}});
}

TEST_CASE("rmsgd: every untracked parameter takes the rate before it, the first keeps lr0") {
  const Rates rates = rmsgd_rates({false, true, false, false, true}, {{0, 0.1, 0, 0, 0.2}},
                                  {.init_lr = 1.0, .beta = 0.5});
  check_rates(rates, {{1.0, 1.5, 1.5, 1.5, 1.5}});
  const Rates later = rmsgd_rates({false, true, false, true}, {{0, 0.1, 0, 0.2}, {0, 0.5, 0, 0.3}},
                                  {.init_lr = 1.0, .beta = 0.5});
  check_rates({later[1]}, {{1.0, 0.75 + 0.4, 0.75 + 0.4, 0.75 + 0.1}});
}

TEST_CASE("rmsgd: which weights are tracked") {
  const std::vector<std::uint64_t> conv2d = {8, 4, 3, 3};
  const std::vector<std::uint64_t> conv1d = {8, 4, 3};
  const std::vector<std::uint64_t> conv3d = {8, 4, 3, 3, 3};
  const std::vector<std::uint64_t> matrix = {8, 4};
  const std::vector<std::uint64_t> square = {3, 3};
  const std::vector<std::uint64_t> pointwise = {1, 1};
  const RmsgdOptions plain{.init_lr = 1.0};
  const RmsgdOptions linear{.init_lr = 1.0, .linear = true};
  const RmsgdOptions paper{.variant = RmsgdVariant::paper, .init_lr = 1.0};
  CHECK(is_tracked(conv2d, square, plain));
  CHECK(is_tracked(conv2d, pointwise, plain));
  CHECK_FALSE(is_tracked(conv2d, pointwise, paper));
  CHECK(is_tracked(conv2d, square, paper));
  CHECK_FALSE(is_tracked(matrix, {}, plain));
  CHECK(is_tracked(matrix, {}, linear));
  CHECK_FALSE(is_tracked(conv1d, square, linear));
  CHECK_FALSE(is_tracked(conv3d, square, linear));
}

TEST_CASE("rmsgd: hyperparameters outside their ranges are refused by name") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto message = [](const RmsgdOptions& options) -> std::string {
    try {
      validate(options);
    } catch (const hindcast::Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message({.init_lr = 0.1}) == "");
  CHECK(message({.init_lr = 0.0, .beta = 0.0, .step_size = 1, .gamma = 0.0}) == "");
  CHECK(message({.init_lr = -0.1}).find("--init-lr") == 0);
  CHECK(message({.init_lr = nan}).find("--init-lr") == 0);
  CHECK(message({.init_lr = 0.1, .beta = 1.0}).find("--beta") == 0);
  CHECK(message({.init_lr = 0.1, .beta = -0.1}).find("--beta") == 0);
  CHECK(message({.init_lr = 0.1, .beta = nan}).find("--beta") == 0);
  CHECK(message({.init_lr = 0.1, .step_size = 0}).find("--step-size") == 0);
  CHECK(message({.init_lr = 0.1, .gamma = -1.0}).find("--gamma") == 0);
  CHECK(message({.init_lr = 0.1, .gamma = nan}).find("--gamma") == 0);
}
