#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric rotation_metric;
const Metric rotation_metric = {
    .key = "rotation",
    .title = "Rotation: cosine distance from the initial weights",
    .reference = "https://arxiv.org/abs/1806.01603",
    .scale_invariant = true,
    .of_unfoldings = false,
    .measure = layer_value<&LayerMeasurement::rotation>,
    .words = {.meaning = "How far the weights of a layer have turned away from where training "
                         "began: the cosine distance between the layer's weights as one vector and "
                         "the initial ones. It ignores how large the weights have become. Layers "
                         "that hardly turn have learned little.",
              .range = "0 (the same direction) to 2 (the opposite one); 1 is orthogonal",
              .good = "Nearer to 1: networks of equal training error were found to generalise "
                      "better the nearer every layer comes to 1, whatever the network",
              .formula = "1 - <w, w_0> / (|w| |w_0|)",
              .source = kRotationSource},
};

}  // namespace hindcast::metrics
