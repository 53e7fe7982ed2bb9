#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric condition_number_metric;
const Metric condition_number_metric = {
    .key = "condition_number",
    .title = "Largest over smallest singular value",
    .reference = "",
    .scale_invariant = true,
    .of_unfoldings = true,
    .measure = spectral_value<&UnfoldingMeasurement::condition_number>,
    .words = {.meaning = "The largest over the smallest singular value, noise and all: how much "
                         "more the layer stretches one direction than another; of the signal "
                         "alone it is mapping_condition. Missing where the smallest is lost in "
                         "rounding (status below_resolution).",
              .range = "1 and above",
              .good = kNoSide,
              .formula = "s_1 / s_L",
              .source = "standard linear algebra"},
};

}  // namespace hindcast::metrics
