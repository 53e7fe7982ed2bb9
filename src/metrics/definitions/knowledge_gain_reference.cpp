#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric knowledge_gain_reference_metric;
const Metric knowledge_gain_reference_metric = {
    .key = "knowledge_gain_reference",
    .title = "Knowledge gain as the RMSGD optimiser sees it",
    .reference = "https://arxiv.org/abs/2203.16723",
    .scale_invariant = false,
    .of_unfoldings = true,
    .measure = low_rank_value<&UnfoldingMeasurement::reference, &spectral::LowRank::knowledge_gain>,
    .words = {.meaning = "The knowledge gain as the published RMSGD optimiser computes it. Its "
                         "minimiser of the free energy stops early, with a tolerance that does not "
                         "scale with the weights, so that it may find another rank than the exact "
                         "one. The prescribed rates follow from it unless --evbmf exact is given.",
              .range = "0 to 1",
              .good = "Higher: as for knowledge_gain",
              .formula = "as knowledge_gain, with the noise variance of that minimiser",
              .source = kRmsgdSource},
};

}  // namespace hindcast::metrics
