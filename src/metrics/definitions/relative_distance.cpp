#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric relative_distance_metric;
const Metric relative_distance_metric = {
    .key = "relative_distance",
    .title = "Distance from the initial weights, relative to their norm",
    .reference = "https://arxiv.org/abs/1806.01603",
    .scale_invariant = true,
    .of_unfoldings = false,
    .measure = layer_value<&LayerMeasurement::relative_distance>,
    .words = {.meaning =
                  "How far the weights of a layer have moved from the initial ones, measured by "
                  "the length of the initial ones. Unlike rotation it counts growth, too.",
              .range = "0 and above",
              .good = kNoSide,
              .formula = "|w - w_0| / |w_0|",
              .source = kRotationSource},
};

}  // namespace hindcast::metrics
