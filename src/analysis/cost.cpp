#include "analysis/cost.hpp"

#include <algorithm>

#include "hindcast/metrics/unfolding_measurement.hpp"
#include "hindcast/tensor/part.hpp"
#include "hindcast/tensor/unfolding.hpp"

#include "base/checked.hpp"
#include "metrics/blocked_layer.hpp"

namespace hindcast::analysis {
namespace {

// Reading, converting and comparing take each value through memory some dozen times, at about the
// speed of so many multiplications.
constexpr double kFlopsPerValue = 100.0;

// Doubles that are alive at once, at most: the values at two moments, an unfolding, its scaled
// copy.
constexpr std::uint64_t kCopies = 4;
// Values that are read at a time where not all are.
constexpr auto kBlock = static_cast<std::uint64_t>(metrics::BlockOptions().values);
// Likewise of the Gram matrix: itself and what the eigenvalue solver makes of it.
constexpr std::uint64_t kGramCopies = 2;

struct Sides {
  double shorter = 0.0;
  double longer = 0.0;
};

Sides sides_of(const tensor::Part& layer, tensor::Unfolding side) {
  const tensor::MatrixExtents extents = tensor::matrix_extents(layer.shape, layer.layout, side);
  return {.shorter = static_cast<double>(std::min(extents.rows, extents.columns)),
          .longer = static_cast<double>(std::max(extents.rows, extents.columns))};
}

}  // namespace

Cost cost_of(const tensor::TensorInfo& tensor, const tensor::Classification& verdict,
             const metrics::MetricSet& asked, bool in_blocks) {
  const bool whole = !verdict.split;
  const tensor::Part layer = whole ? tensor::Part{.shape = tensor.shape, .layout = *verdict.layout}
                                   : part_of(tensor.shape, *verdict.layout, *verdict.split);
  const double layers = whole ? 1.0 : static_cast<double>(verdict.split->selected.size());
  const std::uint64_t values = element_count(tensor.shape);
  Cost cost{.flops = kFlopsPerValue * static_cast<double>(values),
            .bytes = kCopies * sizeof(double) * (in_blocks ? kBlock : values)};
  double gram = 0.0;
  if (!asked.asks_for_spectrum() && !asked.asks_for_largest()) {
    return cost;
  }
  const double reduction = asked.asks_for_spectrum() ? 4.0 / 3.0 : 0.0;
  for (const tensor::Unfolding side : tensor::unfoldings_of(layer.layout)) {
    const Sides sides = sides_of(layer, side);
    const double squared = sides.shorter * sides.shorter;
    cost.flops += layers * squared * (sides.longer + reduction * sides.shorter);
    if (sides.shorter <= static_cast<double>(metrics::kLargestAutomaticDense)) {
      gram = std::max(gram, squared);
    }
  }
  // A block's own part of the Gram matrix comes on top.
  cost.bytes += (in_blocks ? kGramCopies + 1 : kGramCopies) * sizeof(double) *
                static_cast<std::uint64_t>(gram);
  return cost;
}

}  // namespace hindcast::analysis
