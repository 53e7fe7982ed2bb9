#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric frobenius_norm_metric;
const Metric frobenius_norm_metric = {
    .key = "frobenius_norm",
    .title = "Square root of the sum of squared weights",
    .reference = "",
    .scale_invariant = false,
    .of_unfoldings = true,
    .measure = spectral_value<&UnfoldingMeasurement::frobenius_norm>,
    .words = {.meaning = "The length of the layer's weights as one vector.",
              .range = "0 and above",
              .good = kComplexity,
              .formula = "sqrt(sum s_i^2), from the weights themselves",
              .source = "standard linear algebra"},
};

}  // namespace hindcast::metrics
