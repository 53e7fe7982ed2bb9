// EVBMF as the published RMSGD optimiser, version 1.0.2, computes it: what it prescribes depends on
// its minimiser's path, so the path is followed here in double precision.

#include <algorithm>
#include <cmath>

#include "hindcast/spectral/evbmf.hpp"

#include "spectral/bounded_minimum.hpp"
#include "spectral/evbmf_model.hpp"

namespace hindcast::spectral {
namespace {

constexpr double kAbsoluteTolerance = 1e-5;  // `xatol`, in units of the noise variance.
constexpr double kTiny = 1e-100;
constexpr double kHuge = 1e100;
constexpr int kEvaluations = 500;  // `maxiter`, which SciPy counts in evaluations.

}  // namespace

double approximate_threshold(double alpha) {
  return 2.5129 * std::sqrt(alpha);
}

std::optional<LowRank> evbmf_reference(const Spectrum& spectrum) {
  if (spectrum.leading.empty()) {
    return std::nullopt;
  }
  // In the weights' own units, as published; where squares would not fit a double, in units of s_1.
  const double largest = spectrum.leading.front();
  const double unit = largest > kTiny && largest < kHuge ? 1.0 : largest;
  const SquaredSpectrum squares = squared(spectrum, unit);
  const double threshold = signal_threshold(approximate_threshold(squares.alpha), squares.alpha);
  const std::optional<Bracket> range = bracket(squares, threshold);
  if (!range) {
    return std::nullopt;
  }
  const double m = squares.long_side;
  const auto known_from = squares.tail_bound / threshold;
  const auto energy = [&](double variance) -> std::optional<double> {
    const double v = m * variance;
    return v >= known_from ? std::optional(free_energy(squares, v, threshold)) : std::nullopt;
  };
  const std::optional<double> variance = bounded_minimum(
      energy, {range->lower / m, range->upper / m}, kAbsoluteTolerance / unit / unit, kEvaluations);
  return variance ? std::optional(low_rank_at(squares, m * *variance, threshold, spectrum.leading))
                  : std::nullopt;
}

}  // namespace hindcast::spectral
