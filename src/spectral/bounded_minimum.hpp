#pragma once

#include <functional>
#include <optional>

namespace hindcast::spectral {

struct Interval {
  double lower = 0.0;
  double upper = 0.0;
};

/// Brent's minimiser on an interval: golden sections, and parabolas where they are trusted
/// (Forsythe, Malcolm & Moler, "Computer Methods for Mathematical Computations", 1977, `fmin`),
/// stopping as SciPy's `minimize_scalar(method="bounded")` does. Not a good minimiser for a
/// function with several minima; it is here because the published optimiser uses it.
///
/// `f` may decline to answer, and then so does the search.
[[nodiscard]] std::optional<double> bounded_minimum(
    const std::function<std::optional<double>(double)>& f, Interval interval,
    double absolute_tolerance, int evaluations);

}  // namespace hindcast::spectral
