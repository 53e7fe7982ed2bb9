#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/rule.hpp"

namespace hindcast::gate {

/// The statistic of the summary that counts the layers with a value.
inline constexpr std::string_view kLayerCount = "layers";

/// Reads a metric's name: a number of the layers ("knowledge_gain", "stable_rank@output") or of
/// their unfoldings alone ("low_rank.exact.rank", which is then their mean), one of the summary
/// ("summary.knowledge_gain.mean", "sum_of_stable_ranks"), or one that the training logged
/// ("scores.val_accuracy"; any name of letters, digits and '_'). A few names are both of layers and
/// of the summary; they mean the layers where `for_layers`, else the summary. Throws Error{usage}
/// that names the nearest right one.
[[nodiscard]] MetricName parse_metric(std::string_view text, bool for_layers);

/// As parse_metric reads it.
[[nodiscard]] std::string expression(const MetricName& metric);

/// Every name that parse_metric knows, without unfoldings and scores: first the layers', then the
/// summary's.
[[nodiscard]] std::vector<std::string> metric_names();

}  // namespace hindcast::gate
