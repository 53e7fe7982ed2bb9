#include "spectral/evbmf_model.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hindcast::spectral {
namespace {

// Zero-based index of the largest value the bracket's lower end depends on: e + 1.
std::size_t bracket_index(const SquaredSpectrum& spectrum) {
  const double l = spectrum.short_side;
  const double e = std::min(std::ceil(l / (1.0 + spectrum.alpha)) - 1.0, l) - 1.0;
  return static_cast<std::size_t>(e + 1.0);
}

double sum(const std::vector<double>& values, std::size_t from, std::size_t to) {
  const auto begin = values.begin();
  return std::accumulate(begin + static_cast<std::ptrdiff_t>(from),
                         begin + static_cast<std::ptrdiff_t>(to), 0.0);
}

bool complete(const SquaredSpectrum& spectrum) {
  return static_cast<double>(spectrum.leading.size()) == spectrum.short_side;
}

// What the bracket's lower end is made of: the value at bracket_index and the energy from there on.
struct LowerPart {
  double value = 0.0;
  double energy = 0.0;
};

std::optional<LowerPart> lower_part(const SquaredSpectrum& spectrum) {
  const std::size_t first = bracket_index(spectrum);
  const std::size_t count = static_cast<std::size_t>(spectrum.short_side) - first;
  if (complete(spectrum)) {
    return LowerPart{spectrum.leading[first],
                     sum(spectrum.leading, first, spectrum.leading.size())};
  }
  if (spectrum.trailing.size() >= count) {
    const std::size_t from = spectrum.trailing.size() - count;
    return LowerPart{spectrum.trailing[from],
                     sum(spectrum.trailing, from, spectrum.trailing.size())};
  }
  if (spectrum.leading.size() > first) {
    return LowerPart{spectrum.leading[first], spectrum.energy - sum(spectrum.leading, 0, first)};
  }
  return std::nullopt;
}

// d_i in units of s_i.
double shrinkage(double lambda, double v, double alpha) {
  const double y = v / lambda;
  const double a = 1.0 - (1.0 + alpha) * y;
  return 0.5 * (a + std::sqrt(std::max(a * a - 4.0 * alpha * y * y, 0.0)));
}

// Squares and roots round, which must not put a value that is next to the threshold on its other
// side.
double between_kept_and_dropped(double threshold, std::span<const double> values,
                                std::size_t rank) {
  const double at_least = rank < values.size() ? std::max(threshold, values[rank]) : threshold;
  return rank > 0 && at_least >= values[rank - 1] ? std::nextafter(values[rank - 1], 0.0)
                                                  : at_least;
}

}  // namespace

double tau(double x, double alpha) {
  const double a = x - (1.0 + alpha);
  return 0.5 * (a + std::sqrt(std::max(a * a - 4.0 * alpha, 0.0)));
}

double signal_threshold(double tau_bar, double alpha) {
  return (1.0 + tau_bar) * (1.0 + alpha / tau_bar);
}

double signal_energy(double x, double alpha) {
  const double t = tau(x, alpha);
  return std::log1p(t) - t + alpha * std::log1p(t / alpha);
}

SquaredSpectrum squared(const Spectrum& spectrum, double unit) {
  const auto l = static_cast<double>(spectrum.short_side());
  const auto m = static_cast<double>(spectrum.long_side());
  SquaredSpectrum out{.rows = spectrum.rows, .short_side = l, .long_side = m, .alpha = l / m};
  // Below its resolution a value is read as the resolution: zero would make F infinite everywhere.
  const double floor = spectrum.resolution / unit;
  const auto square = [&](double s) {
    const double in_unit = std::max(s / unit, floor);
    return in_unit * in_unit;
  };
  std::ranges::transform(spectrum.leading, std::back_inserter(out.leading), square);
  std::ranges::transform(spectrum.trailing, std::back_inserter(out.trailing), square);
  out.tail_bound = spectrum.complete() ? 0.0 : square(spectrum.tail_bound);
  out.floor = floor * floor;
  out.energy = (spectrum.frobenius_norm / unit) * (spectrum.frobenius_norm / unit);
  out.unit = unit;
  return out;
}

std::optional<Bracket> bracket(const SquaredSpectrum& spectrum, double threshold) {
  const std::optional<LowerPart> part = lower_part(spectrum);
  if (!part) {
    return std::nullopt;
  }
  const double count = spectrum.short_side - static_cast<double>(bracket_index(spectrum));
  const double upper = spectrum.energy / spectrum.short_side;
  const double lower = std::max(part->value / threshold, part->energy / count);
  return Bracket{.lower = std::min(lower, upper), .upper = upper};
}

Bracket outer_bracket(const SquaredSpectrum& spectrum) {
  const auto first = static_cast<double>(bracket_index(spectrum));
  const auto known = static_cast<double>(spectrum.leading.size());
  // The values between the known ones and the lower part take at most tail_bound each; the rest of
  // the energy is in the lower part, whose mean bounds the bracket.
  const double beyond = spectrum.energy - sum(spectrum.leading, 0, spectrum.leading.size());
  const double least = beyond - std::max(first - known, 0.0) * spectrum.tail_bound;
  const double smallest = spectrum.trailing.empty() ? spectrum.floor : spectrum.trailing.back();
  const double mean = known <= first ? least / (spectrum.short_side - first) : 0.0;
  const double upper = spectrum.energy / spectrum.short_side;
  return {.lower = std::min(std::max(mean, smallest), upper), .upper = upper};
}

double free_energy(const SquaredSpectrum& spectrum, double v, double threshold) {
  double energy = spectrum.energy / v + spectrum.short_side * std::log(v);
  for (const double lambda : spectrum.leading) {
    if (lambda <= threshold * v) {
      break;
    }
    energy += signal_energy(lambda / v, spectrum.alpha);
  }
  return energy;
}

LowRank low_rank_at(const SquaredSpectrum& spectrum, double v, double threshold,
                    std::span<const double> singular_values) {
  LowRank out;
  double first = 0.0;
  double last = 0.0;
  double total = 0.0;
  for (const double lambda : spectrum.leading) {
    if (lambda <= threshold * v) {
      break;
    }
    last = std::sqrt(lambda) * shrinkage(lambda, v, spectrum.alpha);
    if (out.rank == 0) {
      first = last;
    }
    total += last;
    ++out.rank;
  }
  const auto n = static_cast<double>(spectrum.rows);
  out.rank_ratio = static_cast<double>(out.rank) / n;
  if (out.rank > 0) {
    out.knowledge_gain = total / first / n;
    out.mapping_condition = first / last;
  }
  out.noise_variance = v / spectrum.long_side * spectrum.unit * spectrum.unit;
  out.threshold = between_kept_and_dropped(std::sqrt(threshold * v) * spectrum.unit,
                                           singular_values, static_cast<std::size_t>(out.rank));
  return out;
}

}  // namespace hindcast::spectral
