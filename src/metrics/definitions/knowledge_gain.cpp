#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric knowledge_gain_metric;
const Metric knowledge_gain_metric = {
    .key = "knowledge_gain",
    .title = "Knowledge gain, at EVBMF's global minimum",
    .reference = "https://arxiv.org/abs/2203.16723",
    .scale_invariant = true,
    .of_unfoldings = true,
    .measure = low_rank_value<&UnfoldingMeasurement::exact, &spectral::LowRank::knowledge_gain>,
    .words = {.meaning =
                  "How much of a layer is signal and how evenly the signal is spread. EVBMF tells "
                  "the components that stand out of the noise; their shrunk singular values, by "
                  "the largest of them, are added up and divided by the number of rows. The mean "
                  "over the layer's unfoldings, at the global minimum of EVBMF's free energy.",
              .range = "0 (nothing above the noise) to rank_ratio, which is at most 1",
              .good = "Higher: more of the layer's room carries what was learned",
              .formula = "(1/n) sum_{i<=r} d_i / d_1; 0 where r = 0",
              .source = kRmsgdSource},
};

}  // namespace hindcast::metrics
