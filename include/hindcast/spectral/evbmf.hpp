#pragma once

#include <optional>

#include <Eigen/Core>

#include "hindcast/spectral/spectrum.hpp"

namespace hindcast::spectral {

/// The low-rank part that empirical variational Bayes matrix factorisation finds in a matrix.
///
/// Nakajima, Sugiyama, Babacan & Tomioka, "Global analytic solution of fully-observed variational
/// Bayesian matrix factorization", JMLR 14 (2013) 1-37.
struct LowRank {
  Eigen::Index rank = 0;        ///< r: components kept.
  double rank_ratio = 0.0;      ///< r / n, n the number of rows (RMSGD, arXiv:2203.16723).
  double knowledge_gain = 0.0;  ///< (1/n) sum d_i / d_1 over the kept, shrunk values; 0 if r = 0.
  double mapping_condition = 0.0;  ///< d_1 / d_r; 0 if r = 0.
  double noise_variance = 0.0;     ///< sigma^2 per entry.
  /// The components kept are those whose singular value, as computed, is above this, and no other:
  /// sqrt(M sigma^2 x_bar), rounded to where that holds. None in a report that does not say it.
  std::optional<double> threshold = {};
};

/// Root of Phi(t) + Phi(t / alpha) = 0, Phi(z) = ln(z + 1) / z - 1/2, for 0 < alpha <= 1.
[[nodiscard]] double exact_threshold(double alpha);

/// 2.5129 sqrt(alpha): the approximation of that root the published optimiser uses.
[[nodiscard]] double approximate_threshold(double alpha);

/// EVBMF with the exact threshold and the global minimum over the noise variance. Invariant to
/// scaling the matrix.
///
/// From a partial spectrum the answer comes only where it is certified: no choice of the values
/// that are not known could move the minimum. Otherwise nothing: compute more values.
[[nodiscard]] std::optional<LowRank> evbmf_exact(const Spectrum& spectrum);

/// EVBMF as the published RMSGD optimiser (1.0.2) computes it: the approximate threshold and a
/// bounded scalar minimiser that stops at an absolute tolerance of 1e-5 in the noise variance, so
/// that neither the minimum nor the scale is exact. Nothing where a partial spectrum lacks a value
/// the minimiser asks for.
[[nodiscard]] std::optional<LowRank> evbmf_reference(const Spectrum& spectrum);

}  // namespace hindcast::spectral
