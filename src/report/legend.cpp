#include "report/legend.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "hindcast/metrics/metric.hpp"

#include "base/shown_text.hpp"
#include "report/toned_text.hpp"

namespace hindcast::report {
namespace {

struct Entry {
  std::string_view column;
  std::string_view meaning;
  std::string_view metric = {};  ///< Its key, where the column is one's.
};

constexpr Entry kRanks = {
    "rank out, in",
    "components that EVBMF finds above the noise, of the rows of the output and input unfolding; "
    "\"ranks\" in a narrow table"};
constexpr Entry kGain = {
    "gain", "knowledge gain: how much of the layer is signal, and how evenly it is spread; 0 to 1",
    "knowledge_gain"};
constexpr Entry kHistory = {"over the run",
                            "the gain at every checkpoint, from 0 to its largest; \"history\""};
constexpr Entry kStableRank = {"stable rank", "squared Frobenius over squared spectral norm",
                               "stable_rank"};
constexpr Entry kCondition = {"condition", "largest over smallest singular value; \"cond.\"",
                              "condition_number"};
constexpr Entry kRotation = {
    "rotation",
    "cosine distance from the initial weights: 0 the same direction, 1 orthogonal to them",
    "rotation"};
constexpr Entry kNextRate = {
    "next rate", "learning rate that RMSGD would have prescribed after the last epoch; \"rate\""};

// What is said stands in one column.
std::string text_of(const std::vector<Entry>& entries, const TextStyle& style) {
  std::size_t longest = 0;
  for (const Entry& entry : entries) {
    longest = std::max(longest, entry.column.size());
  }
  std::string out;
  for (const Entry& entry : entries) {
    const std::string line = fmt::format("  {:<{}}  {}\n", entry.column, longest, entry.meaning);
    out += style.width == 0 ? line : wrapped(line, {.width = style.width, .hang = longest + 2});
  }
  return out;
}

// The key and the title of a metric.
Entry entry_of(std::string_view key) {
  const auto metric = std::ranges::find(metrics::metrics(), key, &metrics::Metric::key);
  return {.column = key,
          .meaning = metric == metrics::metrics().end() ? "" : metric->title,
          .metric = key};
}

std::vector<Entry> columns_of(const Report& report, const TableOptions& options) {
  std::vector<Entry> entries;
  if (!report.options.metrics.empty()) {
    for (const std::string& key : report.options.metrics) {
      entries.push_back(entry_of(key));
    }
    return entries;
  }
  const bool has_layers = report.runs.size() == 1 || options.verbose;
  entries = has_layers ? std::vector{kRanks, kGain, kHistory, kCondition, kRotation, kNextRate}
                       : std::vector{kGain, kStableRank, kCondition, kRotation};
  const std::string_view order = options.order.metric;
  if (!order.empty() && std::ranges::find(entries, order, &Entry::metric) == entries.end()) {
    entries.push_back(entry_of(order));
  }
  return entries;
}

}  // namespace

std::string legend_of(const Report& report, const TableOptions& options) {
  std::vector<Entry> entries = columns_of(report, options);
  entries.push_back({"-", "not measured; the status beside it says why"});
  if (options.style.colour) {
    entries.push_back({"yellow", "to be read with care: a gain of 0, or a status"});
    entries.push_back({"red", "nothing could be measured or read"});
  }
  return text_of(entries, options.style) +
         prose("'hindcast explain METRIC' says more.\n", options.style);
}

}  // namespace hindcast::report
