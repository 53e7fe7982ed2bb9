#pragma once

// The functions EVBMF is made of, in units of v = M sigma^2, with lambda_i = s_i^2 and x =
// lambda/v. Every number here follows Nakajima et al., JMLR 14 (2013) 1-37, theorem 2.

#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "hindcast/spectral/evbmf.hpp"

namespace hindcast::spectral {

/// tau(x) for x above the threshold.
[[nodiscard]] double tau(double x, double alpha);

/// x_bar: components with x above it are signal.
[[nodiscard]] double signal_threshold(double tau_bar, double alpha);

/// What turning a component from noise into signal adds to the free energy: negative.
[[nodiscard]] double signal_energy(double x, double alpha);

/// A spectrum as EVBMF sees it: squared, floored at the resolution, in units of `unit`^2.
struct SquaredSpectrum {
  Eigen::Index rows = 0;             ///< n, for the ratios.
  double short_side = 0.0;           ///< L
  double long_side = 0.0;            ///< M
  double alpha = 0.0;                ///< L / M
  std::vector<double> leading = {};  ///< lambda_1 ... lambda_k
  std::vector<double> trailing = {};
  double tail_bound = 0.0;  ///< Every value that is not in `leading` is at most this; 0 if none is.
  double floor = 0.0;       ///< Every value is at least this.
  double energy = 0.0;      ///< E: the sum of all lambda_i.
  double unit = 1.0;
};

[[nodiscard]] SquaredSpectrum squared(const Spectrum& spectrum, double unit);

/// The range of v the noise is looked for in.
struct Bracket {
  double lower = 0.0;
  double upper = 0.0;
};

/// The bracket where the values it needs are known.
[[nodiscard]] std::optional<Bracket> bracket(const SquaredSpectrum& spectrum, double threshold);

/// Bounds the bracket from outside: its true lower end is not below this one.
[[nodiscard]] Bracket outer_bracket(const SquaredSpectrum& spectrum);

/// F(v) up to a constant: E/v + L ln v + sum of signal_energy over the signal. Exact for every
/// v >= tail_bound / threshold.
[[nodiscard]] double free_energy(const SquaredSpectrum& spectrum, double v, double threshold);

/// The factorisation at noise v of the matrix with these leading singular values, from which
/// `spectrum` was made.
[[nodiscard]] LowRank low_rank_at(const SquaredSpectrum& spectrum, double v, double threshold,
                                  std::span<const double> singular_values);

}  // namespace hindcast::spectral
