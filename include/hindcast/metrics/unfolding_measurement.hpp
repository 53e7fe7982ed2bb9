#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/metrics/metric_set.hpp"
#include "hindcast/metrics/status.hpp"
#include "hindcast/spectral/evbmf.hpp"
#include "hindcast/spectral/spectrum.hpp"
#include "hindcast/tensor/unfolding.hpp"

namespace hindcast::metrics {

/// Which path computes a spectrum. Where no more than the largest singular value is asked for, both
/// of the others leave it at that.
enum class SolverChoice {
  automatic,  ///< Dense, but for matrices too large for it.
  dense,
  partial,
};

/// "auto", "dense", "partial".
[[nodiscard]] std::string_view name(SolverChoice choice) noexcept;

/// Above this order of the Gram matrix `automatic` takes the partial path: a full decomposition
/// would hold a core for minutes.
inline constexpr std::int64_t kLargestAutomaticDense = 8192;

/// EVBMF's answer by one minimiser; without `value` the status says why.
struct LowRankMeasurement {
  StatusSet status;                        ///< Why there is none, or what is special about it.
  std::optional<spectral::LowRank> value;  ///< The answer.
};

/// The singular values that were computed.
struct SingularValues {
  /// Descending: s_1 and those that follow it, then the smallest ones. Those below resolution,
  /// which are rounding noise, are left out of its end.
  std::vector<double> values = {};
  /// How many of the computed ones, also of those left out, are the smallest of the matrix; 0 where
  /// none between them and the others is missing.
  std::int64_t trailing = 0;
};

/// The spectral metrics of one unfolding (metrics of matrices, in double precision).
struct UnfoldingMeasurement {
  tensor::Unfolding unfolding = tensor::Unfolding::output;  ///< Which way the weight was laid out.
  std::int64_t rows = 0;                                    ///< Of the unfolding.
  std::int64_t cols = 0;                                    ///< Of the unfolding.
  StatusSet status;                                         ///< Of all that follows.
  std::string detail;                  ///< One line on what could not be computed; usually empty.
  std::int64_t non_finite_values = 0;  ///< NaN and infinities among the weights.
  spectral::Solver solver = spectral::Solver::dense;  ///< Which path computed the spectrum.
  std::int64_t computed_values = 0;                   ///< Singular values, of min(rows, cols).
  std::optional<double> spectral_norm;                ///< s_1
  std::optional<double> frobenius_norm;               ///< sqrt(sum s_i^2), from the weights.
  std::optional<double> stable_rank;     ///< sum s_i^2 / s_1^2 (Rudelson & Vershynin 2007)
  std::optional<double> effective_rank;  ///< exp(entropy of s_i / sum s_j) (Roy & Vetterli 2007)
  std::optional<double> smallest_singular_value;       ///< s_L
  std::optional<double> condition_number;              ///< s_1 / s_L
  LowRankMeasurement exact;                            ///< By the global minimum.
  LowRankMeasurement reference;                        ///< As the published optimiser computes it.
  std::optional<SingularValues> singular_values = {};  ///< None if they were not asked for.
};

/// Measures of one unfolded weight what is asked for; the rest stays empty. Never throws on the
/// values: what cannot be measured is missing, with a status that says why. Rows of `matrix` follow
/// one another without a gap.
[[nodiscard]] UnfoldingMeasurement measure_unfolding(const spectral::MatrixView& matrix,
                                                     tensor::Unfolding unfolding,
                                                     SolverChoice solver,
                                                     const MetricSet& asked = MetricSet());

}  // namespace hindcast::metrics
