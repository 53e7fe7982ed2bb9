#pragma once

// What the table and the Markdown say alike: numbers, names, and which rows a person is shown.

#include <string>
#include <string_view>
#include <vector>

#include "compare/compare.hpp"

namespace hindcast::compare {

/// A row for a person: a change, or all values of a layer that are missing for one reason.
struct Row {
  const Change* first = nullptr;
  std::vector<std::string_view> metrics = {};  ///< More than one where values are missing.
};

/// The rows of these changes, in their order.
[[nodiscard]] std::vector<Row> rows_of(const std::vector<Change>& changes);

/// Of the summary's changes, those of a mean or of the whole checkpoint.
[[nodiscard]] std::vector<Change> means_of(const std::vector<Change>& summary);

/// "fc1.weight", or "fc1.weight -> dense/kernel".
[[nodiscard]] std::string names_of(std::string_view a, std::string_view b);

[[nodiscard]] std::string metric_of(const Row& row);  ///< "rotation" or "7 metrics"
[[nodiscard]] std::string a_of(const Row& row);       ///< "0.4025", "-", or "measured" for several.
[[nodiscard]] std::string b_of(const Row& row);
[[nodiscard]] std::string change_of(const Row& row);    ///< "-0.021", or empty.
[[nodiscard]] std::string relative_of(const Row& row);  ///< "-5.2 %", or empty.
[[nodiscard]] std::string note_of(
    const Row& row);  ///< "non_finite: rotation, ..."; of many only "non_finite"

/// Four digits; "-" where there is none.
[[nodiscard]] std::string number(const std::optional<double>& value);

/// "checkpoint 'epoch_09' (epoch 9) of run 'cnn'"
[[nodiscard]] std::string place_of(const Moment& moment);

/// What the numbers of layers do not say: "fc1.weight: was ok, now non_finite", and which metrics
/// could not be compared.
[[nodiscard]] std::vector<std::string> remarks_on(const Pair& pair);

/// "6 layers compared: 3 values worse (in 2 of 6 layers), 2 better, ..."
[[nodiscard]] std::string counts_of(const Pair& pair);

/// "23 tensors: 4 identical, 19 different", and how far the layers are apart.
[[nodiscard]] std::string counts_of(const WeightsComparison& weights);

/// Of how many layers the distance of all as one vector is: "5 of 6 layers".
[[nodiscard]] std::string layers_measured_in(const WeightsComparison& weights);

/// Why a tensor has no distance, or why one does not count.
[[nodiscard]] std::string note_of(const TensorDistance& tensor);

/// What A or B alone has and is no difference, one line each.
[[nodiscard]] std::vector<std::string> counters_in(const Pair& pair);

/// What A or B alone has, one line each: "only in A: layer conv9.weight (3x3)".
[[nodiscard]] std::vector<std::string> lonely_in(const Pair& pair);
[[nodiscard]] std::vector<std::string> lonely_in(const Comparison& comparison);

/// In one line: "different: 3 values worse (in 2 of 6 layers), ..."
[[nodiscard]] std::string conclusion(const Comparison& comparison);

}  // namespace hindcast::compare
