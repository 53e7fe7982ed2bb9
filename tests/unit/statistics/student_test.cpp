#include "statistics/student.hpp"

#include <array>
#include <cmath>

#include <doctest/doctest.h>

using namespace hindcast::statistics;

namespace {

struct Row {
  double above;
  std::size_t degrees;
  double quantile;
};

// scipy.stats.t.isf(above, degrees), which is good to eight digits; 0.025 with 1 is tan(0.475 pi).
constexpr std::array kRows = {
    Row{0.025, 1, 12.706204736174705},     Row{0.025, 3, 3.1824463052842638},
    Row{0.025, 10, 2.2281388519649385},    Row{0.05, 2, 2.9199855803555175},
    Row{0.05 / 60, 2, 24.464268168155385}, Row{0.005, 4, 4.604094871415898},
    Row{1e-06, 5, 24.771029720535676},     Row{1e-09, 2, 22360.679741406886},
    Row{1e-09, 200, 6.286347426851752},    Row{0.4, 7, 0.2631668613520166},
    Row{0.9, 3, -1.637744357215907},       Row{1e-06, 1, 318309.88618278794},
};

struct Tail {
  double t;
  std::size_t degrees;
  double above;
};

// scipy.stats.t.sf(t, degrees)
constexpr std::array kTails = {
    Tail{0.1, 1, 0.4682744825694464},    Tail{0.5, 4, 0.32166498159093165},
    Tail{2, 2, 0.09175170953613696},     Tail{8, 3, 0.0020382887938927333},
    Tail{30, 6, 4.549573522221693e-08},  Tail{1.5, 300, 0.0673330165746309},
    Tail{40, 30, 6.863022597203181e-28},
};

// The chance of finding a shift of 3 standard deviations of one value, with so many baselines, in a
// one-sided test that gives so many false alarms.
double power(std::size_t baselines, double false_alarms) {
  const double shift = 3.0 / std::sqrt(1.0 + 1.0 / static_cast<double>(baselines));
  return shifted_student_above(student_quantile(false_alarms, baselines - 1), baselines - 1, shift);
}

}  // namespace

TEST_CASE("student: quantiles are scipy's") {
  for (const Row& row : kRows) {
    CAPTURE(row.above);
    CAPTURE(row.degrees);
    CHECK(student_quantile(row.above, row.degrees) == doctest::Approx(row.quantile).epsilon(1e-8));
  }
}

TEST_CASE("student: quantiles are the closed forms of 1 and 2 degrees") {
  const double pi = std::acos(-1.0);
  for (const double above : {0.4, 0.1, 0.01, 1e-5, 1e-8}) {
    CAPTURE(above);
    CHECK(student_quantile(above, 1) == doctest::Approx(1.0 / std::tan(pi * above)).epsilon(1e-12));
    const double inside = 1.0 - 2.0 * above;
    CHECK(student_quantile(above, 2) ==
          doctest::Approx(inside / std::sqrt(2.0 * above * (1.0 - above))).epsilon(1e-12));
  }
  CHECK(student_quantile(0.5, 4) == doctest::Approx(0.0));
}

TEST_CASE("student: tails are scipy's, to their last digits") {
  for (const Tail& tail : kTails) {
    CAPTURE(tail.t);
    CHECK(student_above(tail.t, tail.degrees) / tail.above == doctest::Approx(1.0).epsilon(1e-11));
    CHECK(student_above(-tail.t, tail.degrees) == doctest::Approx(1.0 - tail.above));
  }
  CHECK(student_above(0.0, 3) == 0.5);
  CHECK(student_above(1e200, 3) == 0.0);
}

TEST_CASE("student: a shifted one without a shift is the plain one") {
  for (const std::size_t degrees : {1U, 2U, 3U, 7U, 100U}) {
    for (const double t : {0.5, 2.0, 5.0}) {
      CAPTURE(degrees);
      CAPTURE(t);
      CHECK(shifted_student_above(t, degrees, 0.0) ==
            doctest::Approx(student_above(t, degrees)).epsilon(1e-6));
    }
  }
}

TEST_CASE("student: the power of a test is scipy.stats.nct's") {
  CHECK(power(2, 0.05) == doctest::Approx(0.29871233502928324).epsilon(1e-6));
  CHECK(power(3, 0.05) == doctest::Approx(0.5259334569654471).epsilon(1e-6));
  CHECK(power(5, 0.05) == doctest::Approx(0.7267425666679539).epsilon(1e-6));
  CHECK(power(3, 0.2) == doctest::Approx(0.9302357881740647).epsilon(1e-6));
}

TEST_CASE("student: how many baselines find 3 standard deviations in 90 %") {
  CHECK(power(48, 0.05) < 0.9);
  CHECK(power(49, 0.05) >= 0.9);
  CHECK(power(6, 0.1) < 0.9);
  CHECK(power(7, 0.1) >= 0.9);
  CHECK(power(3, 0.2) >= 0.9);
  // With the mean and the standard deviation known it is a normal variable against its quantile.
  CHECK(power(100000, 0.05) == doctest::Approx(0.9123145).epsilon(1e-4));
  CHECK(power(100000, 0.01) == doctest::Approx(0.7497337).epsilon(1e-4));
}
