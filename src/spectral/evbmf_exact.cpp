// EVBMF with the exact threshold and the global minimum of the free energy over the noise.
//
// In u = ln v the derivative of F is, with r signal components and E_r the energy of the others,
//
//   dF/du = (L - r) - E_r / v - alpha sum_{i<=r} (1 + 1/tau_i)
//
// F is smooth between the breakpoints lambda_i / x_bar and has concave kinks there, so its minima
// are the bracket's ends and the upward zero crossings inside the pieces. On a piece the derivative
// is concave in u: at most one upward crossing, and equal signs at both ends prove nothing.

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "hindcast/spectral/evbmf.hpp"

#include "spectral/evbmf_model.hpp"

namespace hindcast::spectral {
namespace {

struct Minimum {
  double v = 0.0;
  double energy = 0.0;
};

// One stretch of v between neighbouring breakpoints, on which `signal` components are signal.
class Piece {
 public:
  Piece(std::span<const double> signal, double bulk_energy, double bulk_count, double alpha)
      : signal_(signal), bulk_energy_(bulk_energy), bulk_count_(bulk_count), alpha_(alpha) {}

  // The local minimum inside (a, b), if there is one.
  [[nodiscard]] std::optional<double> minimum(double a, double b) const {
    const double signal_count = static_cast<double>(signal_.size());
    const double most = bulk_count_ - bulk_energy_ / b - alpha_ * signal_count;
    if (!(a < b) || most <= 0.0) {
      return std::nullopt;  // Even without the 1/tau terms the derivative stays negative.
    }
    const double at_a = alpha_ * inverse_tau_sum(a);
    if (bulk_count_ - bulk_energy_ / a - alpha_ * signal_count - at_a >= 0.0 ||
        most - at_a <= 0.0) {
      return std::nullopt;
    }
    const std::optional<double> right = slope(b) >= 0.0 ? std::optional(b) : rising_point(a, b);
    return right ? std::optional(crossing(a, *right)) : std::nullopt;
  }

 private:
  [[nodiscard]] double inverse_tau_sum(double v) const {
    double total = 0.0;
    for (const double lambda : signal_) {
      total += 1.0 / tau(lambda / v, alpha_);
    }
    return total;
  }

  [[nodiscard]] double slope(double v) const {
    const double signal_count = static_cast<double>(signal_.size());
    return bulk_count_ - bulk_energy_ / v - alpha_ * (signal_count + inverse_tau_sum(v));
  }

  // Golden-section search for the peak of the concave slope; stops at the first point above zero.
  [[nodiscard]] std::optional<double> rising_point(double a, double b) const {
    constexpr double kShrink = std::numbers::phi - 1.0;
    double left = std::log(a);
    double right = std::log(b);
    double p = right - kShrink * (right - left);
    double q = left + kShrink * (right - left);
    double slope_p = slope(std::exp(p));
    double slope_q = slope(std::exp(q));
    while (right - left > 1e-15 * std::abs(left)) {
      if (slope_p > 0.0 || slope_q > 0.0) {
        return std::exp(slope_p > 0.0 ? p : q);
      }
      const double width = right - left;
      if (slope_p > slope_q) {
        right = q;
        q = std::exchange(p, right - kShrink * (right - left));
        slope_q = std::exchange(slope_p, slope(std::exp(p)));
      } else {
        left = p;
        p = std::exchange(q, left + kShrink * (right - left));
        slope_p = std::exchange(slope_q, slope(std::exp(q)));
      }
      if (right - left >= width) {
        break;
      }
    }
    return std::nullopt;
  }

  // Bisection to the last bit; the slope is negative at `low` and not at `high`.
  [[nodiscard]] double crossing(double low, double high) const {
    while (true) {
      const double middle = low + (high - low) / 2.0;
      if (middle <= low || middle >= high) {
        return high;
      }
      (slope(middle) < 0.0 ? low : high) = middle;
    }
  }

  std::span<const double> signal_;
  double bulk_energy_;
  double bulk_count_;
  double alpha_;
};

// The energy of all values but the r leading ones, for every r. Summed from below: the difference
// of two large sums would be noise where the matrix has hardly any bulk.
std::vector<double> energies_below(const SquaredSpectrum& spectrum) {
  const std::span<const double> lambda = spectrum.leading;
  std::vector<double> below(lambda.size() + 1, 0.0);
  const bool is_complete = static_cast<double>(lambda.size()) >= spectrum.short_side;
  if (!is_complete) {
    double unknown = spectrum.energy;
    for (const double value : lambda) {
      unknown -= value;
    }
    below.back() = std::max(unknown, 0.0);
  }
  for (std::size_t r = lambda.size(); r-- > 0;) {
    below[r] = below[r + 1] + lambda[r];
  }
  return below;
}

// The global minimum of F over [range.lower, range.upper]; ties go to the larger v.
Minimum global_minimum(const SquaredSpectrum& spectrum, const Bracket& range, double threshold) {
  const auto energy_at = [&](double v) { return free_energy(spectrum, v, threshold); };
  Minimum best{.v = range.upper, .energy = energy_at(range.upper)};
  const auto consider = [&](double v) {
    const double energy = energy_at(v);
    if (energy < best.energy) {
      best = {.v = v, .energy = energy};
    }
  };

  const std::span<const double> lambda = spectrum.leading;
  const std::vector<double> below = energies_below(spectrum);
  std::size_t r = 0;
  double right = range.upper;
  while (right > range.lower) {
    while (r < lambda.size() && lambda[r] / threshold >= right) {
      ++r;
    }
    const double next = r < lambda.size() ? lambda[r] / threshold : 0.0;
    const double left = std::max(next, range.lower);
    const double bulk_count = spectrum.short_side - static_cast<double>(r);
    const Piece piece(lambda.first(r), bulk_count > 0.0 ? below[r] : 0.0, bulk_count,
                      spectrum.alpha);
    if (const std::optional<double> inside = piece.minimum(left, right)) {
      consider(*inside);
    }
    right = left;
  }
  consider(range.lower);
  return best;
}

// Of all ways to continue a partial spectrum, the one with the least F everywhere: signal_energy is
// concave and vanishes at the threshold, so the tail's energy sits in as few values of the largest
// allowed size as it can, and one remainder.
SquaredSpectrum least_energetic(const SquaredSpectrum& spectrum) {
  SquaredSpectrum least = spectrum;
  double left = spectrum.energy;
  for (const double lambda : spectrum.leading) {
    left -= lambda;
  }
  auto room = static_cast<std::size_t>(spectrum.short_side) - spectrum.leading.size();
  for (; room > 0 && left > 0.0; --room) {
    least.leading.push_back(std::min(left, spectrum.tail_bound));
    left -= spectrum.tail_bound;
  }
  std::ranges::sort(least.leading, std::greater());  // A bound can exceed the last known value.
  return least;
}

// The minimum over the true bracket, or nothing where values that are not known could move it.
//
// Where the bracket's lower end is not known, fewer than e + 1 values are, so a minimum inside has
// r <= e + 1: it then lies above that end by itself, since sigma^2 solves an equation that puts it
// above the mean energy of the bulk.
std::optional<double> certified_minimum(const SquaredSpectrum& spectrum, double threshold) {
  const std::optional<Bracket> known = bracket(spectrum, threshold);
  const Bracket range = known ? *known : outer_bracket(spectrum);
  const double settled = spectrum.tail_bound / threshold;  // From here upwards F is known exactly.
  if (settled <= range.lower) {
    const Minimum best = global_minimum(spectrum, range, threshold);
    return known || best.v > range.lower ? std::optional(best.v) : std::nullopt;
  }
  if (settled >= range.upper) {
    return std::nullopt;
  }
  const Minimum best = global_minimum(spectrum, {settled, range.upper}, threshold);
  const Minimum rival =
      global_minimum(least_energetic(spectrum), {range.lower, settled}, threshold);
  const double rounding = 1e-13 * spectrum.short_side;
  const bool certified = best.v > settled && best.energy < rival.energy - rounding;
  return certified ? std::optional(best.v) : std::nullopt;
}

}  // namespace

double exact_threshold(double alpha) {
  const auto phi = [](double z) { return std::log1p(z) / z - 0.5; };
  // The sum falls from 1 at 0 and is not positive at the root for alpha = 1.
  double low = 0.0;
  double high = 2.6;
  while (true) {
    const double middle = low + (high - low) / 2.0;
    if (middle <= low || middle >= high) {
      return middle;
    }
    (phi(middle) + phi(middle / alpha) > 0.0 ? low : high) = middle;
  }
}

std::optional<LowRank> evbmf_exact(const Spectrum& spectrum) {
  if (spectrum.leading.empty()) {
    return std::nullopt;
  }
  // In units of s_1: the result is the same, bit for bit, for weights a power of two apart.
  const SquaredSpectrum in_units = squared(spectrum, spectrum.leading.front());
  const double threshold = signal_threshold(exact_threshold(in_units.alpha), in_units.alpha);
  const std::optional<double> v = certified_minimum(in_units, threshold);
  return v ? std::optional(low_rank_at(in_units, *v, threshold, spectrum.leading)) : std::nullopt;
}

}  // namespace hindcast::spectral
