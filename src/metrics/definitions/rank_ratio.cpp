#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric rank_ratio_metric;
const Metric rank_ratio_metric = {
    .key = "rank_ratio",
    .title = "Share of EVBMF's rank in the number of rows",
    .reference = "https://arxiv.org/abs/2203.16723",
    .scale_invariant = true,
    .of_unfoldings = true,
    .measure = low_rank_value<&UnfoldingMeasurement::exact, &spectral::LowRank::rank_ratio>,
    .words = {.meaning = "The share of a layer's rows that its signal would fill: the rank that "
                         "EVBMF finds above the noise, by the number of rows.",
              .range = "0 to 1",
              .good = kNoSide,
              .formula = "r / n",
              .source = kRmsgdSource},
};

}  // namespace hindcast::metrics
