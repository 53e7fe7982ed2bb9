#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "correlate/correlate.hpp"

namespace hindcast::correlate {

/// A metric's judged coefficients, which have opposite signs or not.
struct BothViews {
  const CoefficientResult* across = nullptr;
  const CoefficientResult* within = nullptr;
  bool within_is_luck = false;  ///< Although it could have been told from luck.
};

/// Simpson's paradox, one answer for each. It is established where both coefficients are more than
/// luck: the larger of their p-values, corrected by Holm for all of `metrics`, is at most `alpha`.
/// It is possible where that holds at twice alpha, which is alpha for the sign that the other view
/// leaves; or where so few runs can establish nothing of so many metrics, but that within runs is
/// more than luck and the p across runs, uncorrected, is at most twice alpha or the least there is.
[[nodiscard]] std::vector<Contradiction> contradictions(std::span<const BothViews> metrics,
                                                        double alpha);

}  // namespace hindcast::correlate
