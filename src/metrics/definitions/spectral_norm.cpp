#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric spectral_norm_metric;
const Metric spectral_norm_metric = {
    .key = "spectral_norm",
    .title = "Largest singular value",
    .reference = "",
    .scale_invariant = false,
    .of_unfoldings = true,
    .measure = spectral_value<&UnfoldingMeasurement::spectral_norm>,
    .words = {.meaning =
                  "The largest singular value: the most that the layer can stretch a vector.",
              .range = "0 and above",
              .good = kComplexity,
              .formula = "s_1",
              .source = "standard linear algebra"},
};

}  // namespace hindcast::metrics
