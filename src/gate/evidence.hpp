#pragma once

// A finding in words, and in which order findings are told.

#include <string>
#include <vector>

#include "gate/judge.hpp"

namespace hindcast::gate {

/// A finding with the rule it belongs to.
struct Told {
  const RuleResult* result = nullptr;
  const Finding* finding = nullptr;
};

/// The findings with this verdict, those furthest past their bounds first.
[[nodiscard]] std::vector<Told> worst_first(const GateResult& result, Verdict verdict);

/// Of findings that passed, the one nearest to its bound.
[[nodiscard]] const Finding& tightest(const std::vector<Finding>& findings);

/// The rule's title, else its short form.
[[nodiscard]] std::string title_of(const Rule& rule);

/// "run 'cnn', checkpoint 'epoch_09' (epoch 9), layer 'fc1.weight'"; printable.
[[nodiscard]] std::string place_of(const Finding& finding);

/// "0.12 is not >= 0.19 (0.95 * baseline, which is 0.2)", "0.41 is >= 0.3" or "could not be judged:
/// no layer matches"; printable.
[[nodiscard]] std::string evidence_of(const Finding& finding);

/// "not read: run 'cnn', 'epoch_10.h5': is cut short"; printable.
[[nodiscard]] std::string words_of(const NotRead& not_read);

/// One line each, of which at most 20 and no more than fit in `most_bytes`; then one that counts
/// the others. Each is `words_of` as `written` puts it.
[[nodiscard]] std::string list_not_read(const GateResult& result, std::size_t most_bytes,
                                        std::string (*written)(const std::string& words));

/// "5 baselines, mean 0.2, standard deviation 0.01, of which 3.36 are allowed"; printable. Empty
/// where there is no noise.
[[nodiscard]] std::string noise_of(const Finding& finding);

/// What the baselines make of the gate: a line, or several, each ended; empty where there are not
/// several baselines.
[[nodiscard]] std::string noise_of(const GateResult& result);

/// "2 of 5 rules failed, 1 could not be judged"
[[nodiscard]] std::string counts_of(const GateResult& result);

}  // namespace hindcast::gate
