#include "metrics/definition.hpp"

namespace hindcast::metrics {

extern const Metric stable_rank_metric;
const Metric stable_rank_metric = {
    .key = "stable_rank",
    .title = "Stable rank: squared Frobenius over squared spectral norm",
    .reference = "https://doi.org/10.1145/1255443.1255449",
    .scale_invariant = true,
    .of_unfoldings = true,
    .measure = spectral_value<&UnfoldingMeasurement::stable_rank>,
    .words =
        {.meaning =
             "A rank that does not jump under small perturbations: how many times the energy of "
             "the largest singular value there is in all of them. Also called numerical rank.",
         .range = "1 to L",
         .good = kNoSide,
         .formula = "sum s_i^2 / s_1^2",
         .source = "Rudelson & Vershynin, \"Sampling from large matrices\", J. ACM 54 (2007), "
                   "doi:10.1145/1255443.1255449"},
};

}  // namespace hindcast::metrics
