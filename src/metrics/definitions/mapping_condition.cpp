#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric mapping_condition_metric;
const Metric mapping_condition_metric = {
    .key = "mapping_condition",
    .title = "Condition of the low-rank part",
    .reference = "https://arxiv.org/abs/2203.16723",
    .scale_invariant = true,
    .of_unfoldings = true,
    .measure = low_rank_value<&UnfoldingMeasurement::exact, &spectral::LowRank::mapping_condition>,
    .words = {.meaning = "How unevenly the signal of a layer is spread: the condition number of "
                         "what EVBMF keeps of it. The smaller it is, the less the layer magnifies "
                         "small perturbations of its input.",
              .range = "1 and above; 0 where nothing stands out of the noise",
              .good = "Lower: but 0 is no good value, it means that there is no signal",
              .formula = "d_1 / d_r; 0 where r = 0",
              .source = kRmsgdSource},
};

}  // namespace hindcast::metrics
