#include "hindcast/metrics/metric_set.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hindcast/base/error.hpp"
#include "hindcast/metrics/metric.hpp"

#include "base/text.hpp"
#include "metrics/spoken_names.hpp"

namespace hindcast::metrics {
namespace {

// metrics().size() where there is none.
std::size_t index_of(std::string_view key) {
  const auto all = metrics();
  return static_cast<std::size_t>(std::ranges::find(all, key, &Metric::key) - all.begin());
}

[[noreturn]] void refuse(std::string_view key) {
  std::vector<std::string_view> known;
  for (const Metric& metric : metrics()) {
    known.push_back(metric.key);
  }
  const std::string_view near = nearest_key(key);
  throw Error(
      ErrorCode::usage,
      near.empty()
          ? fmt::format("there is no metric '{}', only {}", printable(key), fmt::join(known, ", "))
          : fmt::format("there is no metric '{}'; did you mean '{}'?", printable(key), near));
}

}  // namespace

MetricSet::MetricSet(std::span<const std::string> keys) : members_(0) {
  for (const std::string& key : keys) {
    const std::size_t index = index_of(key_meant_by(key));
    if (index == metrics().size()) {
      refuse(key);
    }
    members_ |= std::uint64_t{1} << index;
    for (const std::string_view needed : metrics()[index].needs) {
      members_ |= std::uint64_t{1} << index_of(needed);
    }
  }
  if (members_ == (std::uint64_t{1} << metrics().size()) - 1) {
    members_ = kAll;
  }
}

MetricSet MetricSet::with_spectra() const {
  MetricSet out = *this;
  out.keeps_spectra_ = true;
  return out;
}

bool MetricSet::has(std::string_view key) const {
  const std::size_t index = index_of(key);
  assert(index < metrics().size());
  return (members_ >> index & 1U) != 0;
}

std::vector<std::string> MetricSet::keys() const {
  std::vector<std::string> keys;
  for (const Metric& metric : metrics()) {
    if (has(metric.key)) {
      keys.emplace_back(metric.key);
    }
  }
  return keys;
}

bool MetricSet::asks_for_exact() const {
  return has("knowledge_gain") || has("mapping_condition") || has("rank_ratio");
}

bool MetricSet::asks_for_reference() const {
  return has("knowledge_gain_reference");
}

bool MetricSet::asks_for_spectrum() const {
  return keeps_spectra() || asks_for_exact() || asks_for_reference() || has("effective_rank") ||
         has("condition_number");
}

bool MetricSet::asks_for_largest() const {
  return has("spectral_norm") || has("stable_rank");
}

}  // namespace hindcast::metrics
