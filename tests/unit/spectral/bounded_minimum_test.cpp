#include "spectral/bounded_minimum.hpp"

#include <cmath>

#include <doctest/doctest.h>

using hindcast::spectral::bounded_minimum;

namespace {

struct Run {
  double x = 0.0;
  int evaluations = 0;
};

template <typename F>
Run run(const F& f, double lower, double upper, double tolerance) {
  int evaluations = 0;
  const auto counted = [&](double x) {
    ++evaluations;
    return std::optional(f(x));
  };
  const auto found = bounded_minimum(counted, {lower, upper}, tolerance, 500);
  REQUIRE(found);
  return {.x = *found, .evaluations = evaluations};
}

}  // namespace

// Reference values: scipy.optimize.minimize_scalar(f, bounds=..., method="bounded",
// options={"xatol": ..., "maxiter": 500}) of SciPy 1.10.1, `.x` and `.nfev`.
TEST_CASE("bounded_minimum: stops where SciPy's does, after as many evaluations") {
  {
    const Run found = run([](double x) { return (x - 2.0) * (x - 2.0); }, 0.0, 5.0, 1e-5);
    CHECK(found.x == doctest::Approx(2.0).epsilon(1e-12));
    CHECK(found.evaluations == 6);
  }
  {
    const Run found = run([](double x) { return std::cos(3.0 * x) + 0.1 * x; }, 0.0, 5.0, 1e-5);
    CHECK(found.x == doctest::Approx(3.130479519586238).epsilon(1e-12));
    CHECK(found.evaluations == 10);
  }
  {
    const Run found =
        run([](double x) { return std::abs(x - 0.3) + 0.01 * std::sin(40.0 * x); }, 0.0, 1.0, 1e-5);
    CHECK(found.x == doctest::Approx(0.3000001162440577).epsilon(1e-12));
    CHECK(found.evaluations == 21);
  }
  {
    const Run found = run([](double x) { return x; }, 1e-4, 2e-4, 1e-5);
    CHECK(found.x == doctest::Approx(0.00010557280900008414).epsilon(1e-12));
    CHECK(found.evaluations == 6);
  }
  {
    const Run found = run([](double x) { return std::exp(x) - 2.0 * x; }, -3.0, 3.0, 1e-8);
    CHECK(found.x == doctest::Approx(0.6931471765136135).epsilon(1e-12));
    CHECK(found.evaluations == 11);
  }
}

TEST_CASE("bounded_minimum: gives up when the function does") {
  const auto undefined = [](double) -> std::optional<double> { return std::nullopt; };
  CHECK_FALSE(bounded_minimum(undefined, {0.0, 1.0}, 1e-5, 500));
  const auto later = [n = 0](double x) mutable -> std::optional<double> {
    return ++n < 4 ? std::optional(x * x) : std::nullopt;
  };
  CHECK_FALSE(bounded_minimum(later, {-1.0, 2.0}, 1e-5, 500));
}

TEST_CASE("bounded_minimum: an interval of no width is its own answer") {
  CHECK(run([](double x) { return x; }, 2.0, 2.0, 1e-5).x == doctest::Approx(2.0));
}
