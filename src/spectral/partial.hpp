#pragma once

#include <optional>
#include <string>

#include <Eigen/Core>

#include "hindcast/spectral/evbmf.hpp"
#include "hindcast/spectral/spectrum.hpp"

namespace hindcast::spectral {

struct PartialOptions {
  Eigen::Index first_count = 8;        ///< Leading values asked for at first; doubled as needed.
  Eigen::Index max_iterations = 1000;  ///< Restarts of one Lanczos run.
};

/// What leading and trailing eigenvalues of the Gram matrix say, and no more.
struct PartialResult {
  Spectrum spectrum;               ///< Verified: `leading` misses no value above `tail_bound`.
  std::optional<double> largest;   ///< s_1; nothing if Lanczos did not converge.
  std::optional<double> smallest;  ///< s_L; nothing if it is below resolution or unknown.
  bool smallest_below_resolution = false;
  std::optional<LowRank> exact;      ///< Certified, or nothing.
  std::optional<LowRank> reference;  ///< From the very values it depends on, or nothing.
  std::string shortfall;             ///< What stood in the way; empty where nothing did.
};

/// The partial path: leading eigenvalues by Lanczos, growing in number until EVBMF's global minimum
/// is certified; the smallest by shift-invert; their count verified by inertia. Never falls back
/// on a full decomposition. `matrix` must be finite and not all zero.
[[nodiscard]] PartialResult partial_spectrum(const MatrixView& matrix,
                                             const PartialOptions& options);

/// The largest singular value alone, by Lanczos on the products with `matrix` and its transpose; 0
/// for a zero matrix, nothing where Lanczos does not converge. `matrix` must be finite.
[[nodiscard]] std::optional<double> spectral_norm(const MatrixView& matrix);

}  // namespace hindcast::spectral
