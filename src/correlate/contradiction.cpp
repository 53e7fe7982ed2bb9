#include "correlate/contradiction.hpp"

namespace hindcast::correlate {
namespace {

// As far from 0 as these values can be arranged.
bool is_extreme(const Evidence& evidence) {
  constexpr double kRounding = 1e-12;
  return evidence.result.test.p <= evidence.result.test.smallest + kRounding;
}

bool holds_before_correction(const Evidence& evidence, double alpha) {
  return evidence.result.test.p <= alpha ||
         (evidence.result.test.smallest > alpha && is_extreme(evidence));
}

bool holds(const Evidence& evidence, double alpha) {
  const double best = evidence.result.test.smallest * static_cast<double>(evidence.tried);
  return evidence.result.corrected_p <= alpha ||
         (best > alpha && evidence.result.test.p <= alpha && is_extreme(evidence));
}

}  // namespace

bool contradict(const Evidence& across, const Evidence& within, double alpha) {
  return across.result.value * within.result.value < 0.0 &&
         holds_before_correction(across, alpha) && holds_before_correction(within, alpha) &&
         (holds(across, alpha) || holds(within, alpha));
}

}  // namespace hindcast::correlate
