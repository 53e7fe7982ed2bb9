// What every number of a report means, in words. The letters are those of the sources: s_1 >= ...
// >= s_L the singular values of an unfolding with n rows, L and M its shorter and longer side, d_1
// >=
// ... >= d_r what EVBMF keeps of them, w the weights of a layer as one vector, w_0 the initial
// ones.

#include "report/explanations.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/metrics/summary.hpp"

namespace hindcast::report {
namespace {

constexpr std::string_view kRotationSource =
    "Carbonnelle & De Vleeschouwer, \"Layer rotation: a surprisingly simple indicator of "
    "generalization in deep networks?\", arXiv:1806.01603";
constexpr std::string_view kRmsgdSource =
    "Hosseini, Tuli & Plataniotis, \"Exploiting explainable metrics for augmented SGD\" (RMSGD), "
    "arXiv:2203.16723; first in AdaS, arXiv:2006.06587";
constexpr std::string_view kEvbmfSource =
    "Nakajima, Sugiyama, Babacan & Tomioka, \"Global analytic solution of fully-observed "
    "variational "
    "Bayesian matrix factorization\", JMLR 14 (2013) 1-37";
constexpr std::string_view kMeasuresSource =
    "Jiang et al., \"Fantastic generalization measures and where to find them\" (2020); Dziugaite "
    "et "
    "al., \"In search of robust measures of generalization\" (2020)";
constexpr std::string_view kOurs = "ours";
constexpr std::string_view kComplexity =
    "Not known: as a measure of complexity it should be small, yet in the studies it often follows "
    "generalisation the other way round";
constexpr std::string_view kNoSide = "Not known: no source says which way is better";

constexpr std::array kExplanations = {
    Explanation{
        .key = "rotation",
        .meaning =
            "How far the weights of a layer have turned away from where training began: the cosine "
            "distance between the layer's weights as one vector and the initial ones. It ignores "
            "how large the weights have become. Layers that hardly turn have learned little.",
        .range = "0 (the same direction) to 2 (the opposite one); 1 is orthogonal",
        .good = "Nearer to 1: networks of equal training error were found to generalise better the "
                "nearer every layer comes to 1, whatever the network",
        .formula = "1 - <w, w_0> / (|w| |w_0|)",
        .source = kRotationSource},
    Explanation{.key = "step_rotation",
                .meaning = "The rotation since the checkpoint before: how fast a layer turns. It "
                           "depends on how far apart the checkpoints are.",
                .range = "0 to 2",
                .good = kNoSide,
                .formula = "1 - <w_t, w_(t-1)> / (|w_t| |w_(t-1)|)",
                .source = kRotationSource},
    Explanation{.key = "relative_distance",
                .meaning = "How far the weights of a layer have moved from the initial ones, "
                           "measured by the length of the initial ones. Unlike rotation it counts "
                           "growth, too.",
                .range = "0 and above",
                .good = kNoSide,
                .formula = "|w - w_0| / |w_0|",
                .source = kRotationSource},
    Explanation{
        .key = "knowledge_gain",
        .meaning = "How much of a layer is signal and how evenly the signal is spread. EVBMF tells "
                   "the components that stand out of the noise; their shrunk singular values, by "
                   "the largest of them, are added up and divided by the number of rows. The mean "
                   "over the layer's unfoldings, at the global minimum of EVBMF's free energy.",
        .range = "0 (nothing above the noise) to rank_ratio, which is at most 1",
        .good = "Higher: more of the layer's room carries what was learned",
        .formula = "(1/n) sum_{i<=r} d_i / d_1; 0 where r = 0",
        .source = kRmsgdSource},
    Explanation{
        .key = "knowledge_gain_reference",
        .meaning = "The knowledge gain as the published RMSGD optimiser computes it. Its minimiser "
                   "of the free energy stops early, with a tolerance that does not scale with the "
                   "weights, so that it may find another rank than the exact one. The prescribed "
                   "rates follow from it unless --evbmf exact is given.",
        .range = "0 to 1",
        .good = "Higher: as for knowledge_gain",
        .formula = "as knowledge_gain, with the noise variance of that minimiser",
        .source = kRmsgdSource},
    Explanation{.key = "mapping_condition",
                .meaning =
                    "How unevenly the signal of a layer is spread: the condition number of "
                    "what EVBMF keeps of it. The smaller it is, the less the layer magnifies "
                    "small perturbations of its input.",
                .range = "1 and above; 0 where nothing stands out of the noise",
                .good = "Lower: but 0 is no good value, it means that there is no signal",
                .formula = "d_1 / d_r; 0 where r = 0",
                .source = kRmsgdSource},
    Explanation{.key = "rank_ratio",
                .meaning = "The share of a layer's rows that its signal would fill: the rank that "
                           "EVBMF finds above the noise, by the number of rows.",
                .range = "0 to 1",
                .good = kNoSide,
                .formula = "r / n",
                .source = kRmsgdSource},
    Explanation{.key = "stable_rank",
                .meaning = "A rank that does not jump under small perturbations: how many times "
                           "the energy of the largest singular value there is in all of them. Also "
                           "called numerical rank.",
                .range = "1 to L",
                .good = kNoSide,
                .formula = "sum s_i^2 / s_1^2",
                .source =
                    "Rudelson & Vershynin, \"Sampling from large matrices\", J. ACM 54 (2007), "
                    "doi:10.1145/1255443.1255449"},
    Explanation{.key = "effective_rank",
                .meaning = "How many singular values there would be if all were equal and their "
                           "entropy the same: the exponential of the entropy of the spectrum. It "
                           "needs every singular value, so the partial solver gives none.",
                .range = "1 to L",
                .good = kNoSide,
                .formula = "exp(-sum p_i ln p_i), p_i = s_i / sum s_j",
                .source = "Roy & Vetterli, \"The effective rank: a measure of effective "
                          "dimensionality\", EUSIPCO 2007"},
    Explanation{.key = "condition_number",
                .meaning = "The largest over the smallest singular value, noise and all: how much "
                           "more the layer stretches one direction than another. Missing where the "
                           "smallest is lost in rounding (status below_resolution).",
                .range = "1 and above",
                .good = kNoSide,
                .formula = "s_1 / s_L",
                .source = "standard linear algebra"},
    Explanation{.key = "spectral_norm",
                .meaning = "The largest singular value: the most that the layer can stretch a "
                           "vector.",
                .range = "0 and above",
                .good = kComplexity,
                .formula = "s_1",
                .source = "standard linear algebra"},
    Explanation{.key = "frobenius_norm",
                .meaning = "The length of the layer's weights as one vector.",
                .range = "0 and above",
                .good = kComplexity,
                .formula = "sqrt(sum s_i^2), from the weights themselves",
                .source = "standard linear algebra"},
    Explanation{.key = "smallest_singular_value",
                .meaning =
                    "The smallest singular value of an unfolding. Missing where rounding "
                    "leaves nothing of it (status below_resolution), with few correct digits "
                    "where the status is near_resolution.",
                .range = "0 and above",
                .good = kNoSide,
                .formula = "s_L",
                .source = "standard linear algebra"},
    Explanation{.key = "rank",
                .meaning = "The number of components of an unfolding that stand out of the noise, "
                           "as empirical variational Bayes matrix factorisation (EVBMF) tells them "
                           "apart.",
                .range = "0 to L, a whole number",
                .good = kNoSide,
                .formula =
                    "r, the number of s_i above sqrt(M noise_variance (1+t)(1+L/(M t))), t the "
                    "root of the paper's equation",
                .source = kEvbmfSource},
    Explanation{.key = "noise_variance",
                .meaning = "The variance that EVBMF ascribes to the noise in each weight of an "
                           "unfolding: the minimiser of the free energy.",
                .range = "0 and above",
                .good = kNoSide,
                .formula = "sigma^2, where the free energy F(sigma^2) is least",
                .source = kEvbmfSource},
    Explanation{.key = "singular_values",
                .meaning = "How strongly each direction of an unfolding acts: all that were "
                           "computed, the largest first, where the analysis was made with "
                           "--spectra. One below resolution, which is rounding noise, is null. The "
                           "partial solver gives the first and the last ones, as trailing_values "
                           "says.",
                .range = "0 and above",
                .good = kNoSide,
                .formula = "s_1 >= s_2 >= ... >= s_L, L the shorter side",
                .source = "standard linear algebra"},
    Explanation{.key = "threshold",
                .meaning = "What a singular value must exceed for EVBMF to keep its component: as "
                           "many are above it as rank says. Stands beside singular_values.",
                .range = "0 and above",
                .good = kNoSide,
                .formula = "sqrt(M noise_variance (1+t)(1+L/(M t))), t as for rank",
                .source = kEvbmfSource},
    Explanation{.key = "distance_from_init_frobenius",
                .meaning = "How far the weights have moved from the initial ones, as a squared "
                           "distance. In the summary the sum over all layers.",
                .range = "0 and above",
                .good = kComplexity,
                .formula = "|W - W_0|_F^2",
                .source = kMeasuresSource},
    Explanation{.key = "distance_from_init_spectral",
                .meaning =
                    "The squared largest singular value of the way that the weights have gone "
                    "from the initial ones. In the summary the sum over all layers.",
                .range = "0 and above",
                .good = kComplexity,
                .formula = "s_1(W - W_0)^2, output unfolding",
                .source = kMeasuresSource},
    Explanation{.key = "log_product_of_spectral_norms",
                .meaning =
                    "The logarithm of the product of all layers' squared spectral norms: a "
                    "bound on how much the network as a whole can stretch its input. Missing "
                    "where a layer's part is.",
                .range = "any number",
                .good = kComplexity,
                .formula = "sum over layers of ln s_1^2, output unfolding",
                .source = kMeasuresSource},
    Explanation{.key = "sum_of_stable_ranks",
                .meaning = "The stable ranks of all layers added up. Missing where a layer's part "
                           "is.",
                .range = "the number of layers and above",
                .good = kComplexity,
                .formula = "sum over layers of |W|_F^2 / s_1^2, output unfolding",
                .source = kMeasuresSource},
    Explanation{.key = "rotation_spread",
                .meaning = "How differently the layers of a network have turned: the standard "
                           "deviation of their rotations.",
                .range = "0 to 1",
                .good = kNoSide,
                .formula = "sqrt(mean over layers of (rotation - mean rotation)^2)",
                .source = "ours, after Carbonnelle & De Vleeschouwer, arXiv:1806.01603"},
    Explanation{.key = "rotation_past_half",
                .meaning = "The share of layers that have turned by at least a half.",
                .range = "0 to 1",
                .good = "Higher: more layers on their way to a rotation of 1",
                .formula = "layers with rotation >= 0.5 / layers",
                .source = "ours, after Carbonnelle & De Vleeschouwer, arXiv:1806.01603"},
    Explanation{.key = "rotation_past_nine_tenths",
                .meaning = "The share of layers that have turned by at least nine tenths.",
                .range = "0 to 1",
                .good = "Higher: more layers near a rotation of 1",
                .formula = "layers with rotation >= 0.9 / layers",
                .source = "ours, after Carbonnelle & De Vleeschouwer, arXiv:1806.01603"},
    Explanation{
        .key = "rate",
        .meaning = "The learning rate that RMSGD would have prescribed after an epoch, for "
                   "these weights, in an open loop: had it been used, the weights would have "
                   "been others from the second epoch on. A parameter that is not tracked "
                   "takes the rate of the one before it.",
        .range = "0 and above",
        .good = kNoSide,
        .formula = "v_t = max(beta v_(t-1) + zeta (G_t - G_(t-1)), 0), G the knowledge gain; "
                   "after the first epoch (1 + beta) init_lr",
        .source = "Hosseini, Tuli & Plataniotis, arXiv:2203.16723, and the released package "
                  "1.0.2, whose quirks are kept"},
    Explanation{.key = "used_rate",
                .meaning = "The learning rate that the training itself logged for the epoch that "
                           "follows, where that is known.",
                .range = "0 and above",
                .good = kNoSide,
                .formula = "as logged",
                .source = "the log beside the checkpoints"},
    Explanation{.key = "layers",
                .meaning =
                    "How many layers of the checkpoint have a value of the metric: those that "
                    "its other statistics are of.",
                .range = "0 and above, a whole number",
                .good = kNoSide,
                .formula = "N",
                .source = kOurs},
    Explanation{.key = "mean",
                .meaning =
                    "The mean of a metric over the layers of a checkpoint. A layer without a "
                    "value is left out.",
                .range = "that of the metric",
                .good = "Not known: as for the metric",
                .formula = "sum q / N",
                .source = kOurs},
    Explanation{.key = "weighted_mean",
                .meaning =
                    "The mean of a metric over layers, each counted by its number of weights "
                    "p.",
                .range = "that of the metric",
                .good = "Not known: as for the metric",
                .formula = "sum p q / sum p",
                .source = kOurs},
    Explanation{.key = "l2",
                .meaning =
                    "The root of the mean square of a metric over layers: large values count "
                    "more.",
                .range = "0 to the metric's largest",
                .good = "Not known: as for the metric",
                .formula = "sqrt(sum q^2 / N)",
                .source = "as in RMSGD's study of complexity measures, arXiv:2203.16723"},
    Explanation{.key = "geometric_mean",
                .meaning = "The N-th root of the product of a metric over layers. Missing where a "
                           "layer's value is not positive.",
                .range = "above 0",
                .good = "Not known: as for the metric",
                .formula = "exp(sum ln q / N)",
                .source = "as in RMSGD's study of complexity measures, arXiv:2203.16723"},
    Explanation{.key = "min",
                .meaning = "The least value of a metric over the layers of a checkpoint.",
                .range = "that of the metric",
                .good = "Not known: as for the metric",
                .formula = "min q",
                .source = kOurs},
    Explanation{.key = "max",
                .meaning = "The largest value of a metric over the layers of a checkpoint.",
                .range = "that of the metric",
                .good = "Not known: as for the metric",
                .formula = "max q",
                .source = kOurs},
};

const Explanation* find(std::string_view key) {
  const auto* const place = std::ranges::find(kExplanations, key, &Explanation::key);
  return place == kExplanations.end() ? nullptr : place;
}

bool is_statistic(std::string_view word) {
  const auto all = metrics::statistics();
  return word == "layers" || std::ranges::find(all, word, &metrics::Statistic::key) != all.end();
}

// A part of a name that stands around a key, and what it says.
struct Around {
  std::string_view text;
  std::string_view note;
};

constexpr std::array kBefore = {
    Around{"summary.", "Of the summary of a checkpoint."},
    Around{"low_rank.exact.", "Of one unfolding, at the global minimum of EVBMF's free energy."},
    Around{"low_rank.reference.",
           "Of one unfolding, as the published RMSGD optimiser computes it."},
    Around{"exact_", "Of one unfolding, at the global minimum of EVBMF's free energy."},
    Around{"reference_", "Of one unfolding, as the published RMSGD optimiser computes it."},
};
constexpr std::array kAfter = {
    Around{"@output", "Of the output unfolding: its rows are the output channels."},
    Around{"@input", "Of the input unfolding: its rows are the input channels."},
};

// "rotation.mean" and the CSV's "rotation_mean" name a statistic of a metric.
std::optional<Explained> statistic_of(std::string_view name) {
  for (const char mark : {'.', '_'}) {
    for (std::size_t at = name.find(mark); at != std::string_view::npos;
         at = name.find(mark, at + 1)) {
      const Explanation* const metric = find(name.substr(0, at));
      const std::string_view word = name.substr(at + 1);
      if (metric != nullptr && is_statistic(word)) {
        return Explained{.explanation = metric,
                         .notes = {fmt::format("{}: {}", word, find(word)->meaning)}};
      }
    }
  }
  return std::nullopt;
}

std::optional<Explained> take_apart(std::string_view name) {
  if (const Explanation* const whole = find(name)) {
    return Explained{.explanation = whole};
  }
  if (std::optional<Explained> statistic = statistic_of(name)) {
    return statistic;
  }
  const auto with_note = [](std::string_view rest, std::string_view note) {
    std::optional<Explained> inner = take_apart(rest);
    if (inner) {
      inner->notes.emplace_back(note);
    }
    return inner;
  };
  for (const Around& one : kBefore) {
    if (name.starts_with(one.text)) {
      return with_note(name.substr(one.text.size()), one.note);
    }
  }
  for (const Around& one : kAfter) {
    if (name.ends_with(one.text)) {
      return with_note(name.substr(0, name.size() - one.text.size()), one.note);
    }
  }
  return std::nullopt;
}

}  // namespace

std::span<const Explanation> explanations() noexcept {
  return kExplanations;
}

Explained explain(std::string_view name) {
  if (std::optional<Explained> found = take_apart(name)) {
    return *std::move(found);
  }
  std::vector<std::string_view> keys(kExplanations.size());
  std::ranges::transform(kExplanations, keys.begin(), &Explanation::key);
  const std::string_view near = nearest(name, keys);
  throw Error(
      ErrorCode::usage,
      near.empty()
          ? fmt::format("there is no metric '{}'; 'hindcast explain' lists them", printable(name))
          : fmt::format("there is no metric '{}'; did you mean '{}'?", printable(name), near));
}

}  // namespace hindcast::report
