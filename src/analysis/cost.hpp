#pragma once

#include <cstdint>

#include "hindcast/metrics/metric_set.hpp"
#include "hindcast/tensor/classification.hpp"
#include "hindcast/tensor/tensor_info.hpp"

namespace hindcast::analysis {

/// What measuring one tensor takes, estimated from its shape. The dense path counts even where the
/// partial one is taken, for nobody knows beforehand how many values that will need.
struct Cost {
  double flops = 0.0;       ///< Floating point operations.
  std::uint64_t bytes = 0;  ///< Memory while it is measured.
};

/// `tensor` must be one that is analysed; `in_blocks` says whether its values are read in blocks.
[[nodiscard]] Cost cost_of(const tensor::TensorInfo& tensor, const tensor::Classification& verdict,
                           const metrics::MetricSet& asked, bool in_blocks);

}  // namespace hindcast::analysis
