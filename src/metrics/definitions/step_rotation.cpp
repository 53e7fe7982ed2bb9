#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric step_rotation_metric;
const Metric step_rotation_metric = {
    .key = "step_rotation",
    .title = "Cosine distance from the previous checkpoint",
    .reference = "https://arxiv.org/abs/1806.01603",
    .scale_invariant = true,
    .of_unfoldings = false,
    .measure = layer_value<&LayerMeasurement::step_rotation>,
    .words = {.meaning = "The rotation since the checkpoint before: how fast a layer turns. It "
                         "depends on how far apart the checkpoints are.",
              .range = "0 to 2",
              .good = kNoSide,
              .formula = "1 - <w_t, w_(t-1)> / (|w_t| |w_(t-1)|)",
              .source = kRotationSource},
};

}  // namespace hindcast::metrics
