// Names come from the tables that write the report, so a new metric is known here at once.

#include "gate/metric_names.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"
#include "hindcast/metrics/summary.hpp"

#include "base/text.hpp"
#include "report/layer_values.hpp"
#include "report/unfolding_values.hpp"

namespace hindcast::gate {
namespace {

constexpr std::string_view kSummary = "summary.";
constexpr std::string_view kScores = "scores.";

bool is_total(std::string_view key) {
  return std::ranges::find(metrics::total_keys(), key) != metrics::total_keys().end();
}

bool is_of_layers(std::string_view key) {
  return report::find_layer_value(key) != nullptr || report::find_unfolding_value(key) != nullptr;
}

bool is_of_unfoldings(std::string_view key) {
  const report::LayerValue* const layer_value = report::find_layer_value(key);
  return layer_value == nullptr || layer_value->of_unfoldings;
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::usage, what);
}

[[noreturn]] void fail_unknown(std::string_view text) {
  const std::vector<std::string> names = metric_names();
  const std::string_view near =
      nearest(text, std::vector<std::string_view>(names.begin(), names.end()));
  fail(fmt::format("unknown metric '{}'{}", printable(text),
                   near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

MetricName parse_summary(std::string_view text) {
  const std::string_view inner = text.substr(kSummary.size());
  if (is_total(inner)) {
    return {.key = std::string(inner), .statistic = "", .of_summary = true, .unfolding = {}};
  }
  const std::vector<std::string_view> parts = split(inner, '.');
  const auto known = [](std::string_view key) {
    return std::ranges::find(metrics::metrics(), key, &metrics::Metric::key) !=
           metrics::metrics().end();
  };
  const auto is_statistic = [](std::string_view key) {
    const auto all = metrics::statistics();
    return key == kLayerCount || std::ranges::find(all, key, &metrics::Statistic::key) != all.end();
  };
  if (parts.size() != 2 || !known(parts[0]) || !is_statistic(parts[1])) {
    fail_unknown(text);
  }
  return {.key = std::string(parts[0]),
          .statistic = std::string(parts[1]),
          .of_summary = true,
          .unfolding = {}};
}

// Any name a log may have, as far as a rule can be written with it.
MetricName parse_score(std::string_view text) {
  const std::string_view key = text.substr(kScores.size());
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (key.empty() || !std::ranges::all_of(key, is_plain) || (key[0] >= '0' && key[0] <= '9')) {
    fail(fmt::format("'{}' is no name of a score: expected letters, digits and '_'",
                     printable(key)));
  }
  return {.key = std::string(key), .statistic = "", .of_summary = true, .of_scores = true};
}

tensor::Unfolding parse_unfolding(std::string_view side) {
  for (const auto unfolding : {tensor::Unfolding::output, tensor::Unfolding::input}) {
    if (side == tensor::name(unfolding)) {
      return unfolding;
    }
  }
  fail(fmt::format("expected @output or @input, not '@{}'", printable(side)));
}

MetricName parse_unfolded(std::string_view key, std::string_view side) {
  if (!is_of_layers(key)) {
    if (is_total(key) || key.starts_with(kSummary)) {
      fail(fmt::format("'{}' is a number of the whole checkpoint; it has no unfoldings",
                       printable(key)));
    }
    fail_unknown(key);
  }
  if (!is_of_unfoldings(key)) {
    fail(fmt::format("'{}' is a number of the whole layer; it has no unfoldings", key));
  }
  return {.key = std::string(key),
          .statistic = "",
          .of_summary = false,
          .unfolding = parse_unfolding(side)};
}

}  // namespace

MetricName parse_metric(std::string_view text, bool for_layers) {
  const std::size_t at = text.find('@');
  if (at != std::string_view::npos) {
    return parse_unfolded(text.substr(0, at), text.substr(at + 1));
  }
  if (text.starts_with(kSummary)) {
    return parse_summary(text);
  }
  if (text.starts_with(kScores)) {
    return parse_score(text);
  }
  const bool of_layers = is_of_layers(text);
  if (is_total(text) && !(for_layers && of_layers)) {
    return {.key = std::string(text), .statistic = "", .of_summary = true, .unfolding = {}};
  }
  if (!of_layers) {
    fail_unknown(text);
  }
  return {.key = std::string(text), .statistic = "", .of_summary = false, .unfolding = {}};
}

std::string expression(const MetricName& metric) {
  if (metric.of_scores) {
    return std::string(kScores) + metric.key;
  }
  if (metric.of_summary) {
    return std::string(kSummary) + metric.key +
           (metric.statistic.empty() ? "" : "." + metric.statistic);
  }
  return metric.unfolding ? fmt::format("{}@{}", metric.key, tensor::name(*metric.unfolding))
                          : metric.key;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const report::LayerValue& value : report::layer_values()) {
    names.emplace_back(value.key);
  }
  for (const report::UnfoldingValue& value : report::unfolding_values()) {
    names.emplace_back(value.key);
  }
  for (const metrics::Metric& metric : metrics::metrics()) {
    for (const metrics::Statistic& statistic : metrics::statistics()) {
      names.push_back(fmt::format("{}{}.{}", kSummary, metric.key, statistic.key));
    }
    names.push_back(fmt::format("{}{}.{}", kSummary, metric.key, kLayerCount));
  }
  for (const std::string_view key : metrics::total_keys()) {
    names.push_back(std::string(kSummary) + std::string(key));
    names.emplace_back(key);
  }
  return names;
}

}  // namespace hindcast::gate
