#pragma once

#include <cstddef>
#include <vector>

namespace hindcast::analysis {

/// The part of a series that is measured here; the rest is measured elsewhere.
struct SeriesShare {
  struct Tensor {
    std::size_t position = 0;  ///< Among the analysed tensors of its checkpoint.
    /// Does the checkpoint before hold the same layers, so that their measurements can be taken
    /// over where nothing changed?
    bool has_predecessor = false;
  };
  struct Checkpoint {
    std::vector<Tensor> tensors = {};
    bool is_needed = false;  ///< For its tensors, or to compare others with.
  };

  std::vector<Checkpoint> checkpoints;  ///< One for each of the series.
  double flops = 0.0;
};

}  // namespace hindcast::analysis
