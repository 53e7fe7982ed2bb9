#include "hindcast/metrics/rotation.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "support/matrices.hpp"

using hindcast::metrics::cosine_distance;
using hindcast::metrics::relative_distance;

namespace {

std::vector<double> to_vector(const Eigen::VectorXd& v) {
  return {v.begin(), v.end()};
}

}  // namespace

TEST_CASE("rotation: a vector turned by a known angle, from 1e-6 to pi") {
  const Eigen::Index size = 5000;
  const Eigen::VectorXd u = hindcast::test::gaussian(size, 1, 1).col(0).normalized();
  Eigen::VectorXd w = hindcast::test::gaussian(size, 1, 2).col(0);
  w -= u.dot(w) * u;
  w.normalize();
  constexpr double kPi = 3.14159265358979323846;
  for (const double angle : {1e-6, 1e-5, 1e-3, 0.1, 1.0, kPi / 2.0, 2.0, 3.0, kPi}) {
    CAPTURE(angle);
    const Eigen::VectorXd turned = 7.0 * (std::cos(angle) * u + std::sin(angle) * w);
    const auto found = cosine_distance(to_vector(turned), to_vector(0.3 * u));
    REQUIRE(found);
    // 1 - cos, without its cancellation.
    const double expected = 2.0 * std::pow(std::sin(angle / 2.0), 2.0);
    CHECK(std::abs(*found - expected) <= 1e-8 * expected);
  }
}

TEST_CASE("rotation: exactly 0 for equal weights and never outside [0, 2]") {
  const auto v = to_vector(hindcast::test::gaussian(1000, 1, 5).col(0));
  CHECK(cosine_distance(v, v) == 0.0);
  std::vector<double> opposite = v;
  for (double& value : opposite) {
    value = -value;
  }
  const auto found = cosine_distance(v, opposite);
  REQUIRE(found);
  CHECK(*found <= 2.0);
  CHECK(*found == doctest::Approx(2.0).epsilon(1e-14));
}

TEST_CASE("rotation: the scale of either side does not matter, however small or large") {
  const auto a = hindcast::test::gaussian(200, 1, 8);
  const auto b = hindcast::test::gaussian(200, 1, 9);
  const auto expected = cosine_distance(to_vector(a.col(0)), to_vector(b.col(0)));
  REQUIRE(expected);
  for (const double scale : {1e-200, 1e-5, 1e200}) {
    CAPTURE(scale);
    const auto found = cosine_distance(to_vector(scale * a.col(0)), to_vector(b.col(0)));
    REQUIRE(found);
    CHECK(*found == doctest::Approx(*expected).epsilon(1e-12));
  }
}

TEST_CASE("rotation: zero and non-finite weights have no direction") {
  const std::vector<double> zero(3, 0.0);
  const std::vector<double> some = {1.0, 2.0, 3.0};
  const std::vector<double> bad = {1.0, std::numeric_limits<double>::quiet_NaN(), 3.0};
  const std::vector<double> infinite = {1.0, std::numeric_limits<double>::infinity(), 3.0};
  CHECK_FALSE(cosine_distance(zero, some));
  CHECK_FALSE(cosine_distance(some, zero));
  CHECK_FALSE(cosine_distance(zero, zero));
  CHECK_FALSE(cosine_distance(bad, some));
  CHECK_FALSE(cosine_distance(some, infinite));
  CHECK_FALSE(relative_distance(some, zero));
  CHECK_FALSE(relative_distance(bad, some));
}

TEST_CASE("relative_distance: by hand") {
  const std::vector<double> initial = {3.0, 4.0};
  const std::vector<double> now = {3.0, 6.0};
  const auto found = relative_distance(now, initial);
  REQUIRE(found);
  CHECK(*found == doctest::Approx(0.4));
}
