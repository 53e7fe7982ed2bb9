#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric effective_rank_metric;
const Metric effective_rank_metric = {
    .key = "effective_rank",
    .title = "Effective rank: exponential of the spectrum's entropy",
    .reference = "https://infoscience.epfl.ch/record/110188",
    .scale_invariant = true,
    .of_unfoldings = true,
    .measure = spectral_value<&UnfoldingMeasurement::effective_rank>,
    .words = {.meaning = "How many singular values there would be if all were equal and their "
                         "entropy the same: the exponential of the entropy of the spectrum. It "
                         "needs every singular value, so the partial solver gives none.",
              .range = "1 to L",
              .good = kNoSide,
              .formula = "exp(-sum p_i ln p_i), p_i = s_i / sum s_j",
              .source = "Roy & Vetterli, \"The effective rank: a measure of effective "
                        "dimensionality\", EUSIPCO 2007"},
};

}  // namespace hindcast::metrics
