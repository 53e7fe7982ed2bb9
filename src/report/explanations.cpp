// What every number of a report means, in words: of metrics by what their definitions say, of all
// others by what stands here. The letters are those of the sources: s_1 >= ... >= s_L the singular
// values of an unfolding with n rows, L and M its shorter and longer side, d_1 >= ... >= d_r what
// EVBMF keeps of them, w the weights of a layer as one vector, w_0 the initial ones.

#include "report/explanations.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"
#include "hindcast/metrics/summary.hpp"

#include "base/text.hpp"
#include "metrics/spoken_names.hpp"
#include "metrics/wording.hpp"
#include "report/status_texts.hpp"

namespace hindcast::report {
namespace {

constexpr std::string_view kEvbmfSource =
    "Nakajima, Sugiyama, Babacan & Tomioka, \"Global analytic solution of fully-observed "
    "variational "
    "Bayesian matrix factorization\", JMLR 14 (2013) 1-37";
constexpr std::string_view kMeasuresSource =
    "Jiang et al., \"Fantastic generalization measures and where to find them\" (2020); Dziugaite "
    "et "
    "al., \"In search of robust measures of generalization\" (2020)";
constexpr std::string_view kOurs = "ours";

using metrics::kComplexity;
using metrics::kNoSide;

// Of numbers that are no metrics of layers: those say themselves what they are.
constexpr std::array kOthers = {
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
    Explanation{.key = "trailing_values",
                .meaning = "How many of singular_values, at their end, are the smallest of the "
                           "matrix; between them and the others the partial solver left some out. "
                           "Missing where it left out none.",
                .range = "1 and above",
                .good = kNoSide,
                .formula = "a count",
                .source = kOurs},
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

std::vector<Explanation> all_explanations() {
  std::vector<Explanation> all;
  all.reserve(metrics::metrics().size() + kOthers.size());
  for (const metrics::Metric& metric : metrics::metrics()) {
    const metrics::Wording& words = metric.words;
    all.push_back({.key = metric.key,
                   .meaning = words.meaning,
                   .range = words.range,
                   .good = words.good,
                   .formula = words.formula,
                   .source = words.source});
  }
  all.insert(all.end(), kOthers.begin(), kOthers.end());
  return all;
}

const Explanation* find(std::string_view key) {
  const auto all = explanations();
  const auto place = std::ranges::find(all, key, &Explanation::key);
  return place == all.end() ? nullptr : &*place;
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
        return Explained{.name = {},
                         .explanation = metric,
                         .notes = {fmt::format("{}: {}", word, find(word)->meaning)}};
      }
    }
  }
  return std::nullopt;
}

std::optional<Explained> take_apart(std::string_view name) {
  if (const Explanation* const whole = find(name)) {
    return Explained{.name = {}, .explanation = whole};
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

// What people say for numbers that are no metrics of layers.
std::string other_key_meant_by(const std::string& spelt) {
  if (spelt == "next_rate" || spelt == "learning_rate") {
    return "rate";
  }
  return spelt == "spectrum" || spelt == "spectra" ? "singular_values" : spelt;
}

// "Stable-Rank@Input" as "stable_rank@input".
std::string in_letters_of_keys(std::string_view name) {
  std::string out = lowered(name);
  std::ranges::replace_if(
      out, [](char c) { return c == '-' || c == ' '; }, '_');
  return out;
}

// Of all that can be explained.
std::string_view nearest_name(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Explanation& one : explanations()) {
    names.push_back(one.key);
  }
  for (const StatusText& one : status_texts()) {
    names.push_back(one.name);
  }
  const std::string_view near = nearest(name, names);
  return near.empty() ? metrics::nearest_key(name) : near;
}

}  // namespace

std::span<const Explanation> explanations() noexcept {
  static const std::vector<Explanation> all = all_explanations();
  return all;
}

Explained explain(std::string_view name) {
  const std::string spelt = in_letters_of_keys(name);
  for (const std::string& one : {spelt, metrics::key_meant_by(spelt), other_key_meant_by(spelt)}) {
    if (std::optional<Explained> found = take_apart(one)) {
      found->name = one;
      return *std::move(found);
    }
  }
  const std::string_view near = nearest_name(spelt);
  throw Error(
      ErrorCode::usage,
      near.empty()
          ? fmt::format("there is no metric '{}'; 'hindcast explain' lists them", printable(name))
          : fmt::format("there is no metric '{}'; did you mean '{}'?", printable(name), near));
}

}  // namespace hindcast::report
