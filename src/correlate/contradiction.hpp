#pragma once

#include <cstddef>

#include "correlate/correlate.hpp"

namespace hindcast::correlate {

/// A metric's judged coefficient in one view.
struct Evidence {
  const CoefficientResult& result;
  std::size_t tried = 1;  ///< Metrics of that view.
};

/// Simpson's paradox: do the two have opposite signs, and is that more than luck? One of them must
/// hold after the correction for the number of metrics, the other at least before it. Where there
/// are so few runs or checkpoints that nothing can hold, the most extreme arrangement they have
/// will do: a warning that is missed costs more than one too many.
[[nodiscard]] bool contradict(const Evidence& across, const Evidence& within, double alpha);

}  // namespace hindcast::correlate
