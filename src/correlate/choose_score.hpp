#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/report/report.hpp"

namespace hindcast::correlate {

/// What the metrics are set against.
struct ChosenScore {
  std::string name;
  bool given = false;  ///< Asked for by name; else it is the first of those there are.
  std::optional<bool> greater_is_better = {};  ///< By its name; none where that does not say.
  std::vector<std::string> others = {};        ///< Names of the others, in the order of choice.
};

/// Is more of a score with this name better? None where the name does not say.
[[nodiscard]] std::optional<bool> greater_is_better(std::string_view name);

/// The score that was asked for or, where `wanted` is empty, the first by: accuracies, other scores
/// of which more is better, losses, names that do not say; and among these those of validation or
/// test data, those that do not say, those of the training. Behind all stand those that fewer than
/// half as many runs have as the most common one, and those that never vary. Throws Error: usage
/// where no run has the score that was asked for, malformed where none has any.
[[nodiscard]] ChosenScore choose_score(const report::Report& report, const std::string& wanted);

}  // namespace hindcast::correlate
