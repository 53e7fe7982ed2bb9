#include "report/scalars.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "hindcast/metrics/metric.hpp"
#include "hindcast/metrics/summary.hpp"

#include "base/text.hpp"
#include "report/layer_values.hpp"
#include "report/unfolding_values.hpp"

namespace hindcast::report {
namespace {

using Take = std::function<void(const Scalar&)>;

// "knowledge_gain.mean": the names of the statistics of one metric, in their order.
const std::vector<std::string>& statistics_of(std::string_view metric) {
  static const auto names = [] {
    std::unordered_map<std::string_view, std::vector<std::string>> all;
    for (const metrics::Metric& one : metrics::metrics()) {
      for (const metrics::Statistic& statistic : metrics::statistics()) {
        all[one.key].push_back(fmt::format("{}.{}", one.key, statistic.key));
      }
    }
    return all;
  }();
  return names.at(metric);
}

// Short names for what "low_rank.exact.rank" and its like say in full.
bool is_alias(const UnfoldingValue& value) {
  return value.key == "rank" || value.key == "noise_variance";
}

// What low_rank.exact says of an unfolding is also the unfolding's own.
bool is_of_low_rank(const LayerValue& value) {
  return find_unfolding_value(fmt::format("low_rank.exact.{}", value.key)) != nullptr ||
         value.key == "knowledge_gain_reference";
}

void unfoldings(const LayerReport& layer, const Take& take) {
  for (const metrics::UnfoldingMeasurement& side : layer.measured.unfoldings) {
    const auto give = [&](std::string_view metric, std::optional<double> value) {
      take({.scope = Scope::unfolding,
            .metric = metric,
            .layer = layer.name,
            .unfolding = tensor::name(side.unfolding),
            .value = value});
    };
    for (const LayerValue& one : layer_values()) {
      if (one.of_unfoldings && !is_of_low_rank(one)) {
        give(one.key, value(layer, one, side.unfolding));
      }
    }
    for (const UnfoldingValue& one : unfolding_values()) {
      if (!is_alias(one)) {
        give(one.key, one.measure(side));
      }
    }
  }
}

void layers(const CheckpointReport& checkpoint, bool with_unfoldings, const Take& take) {
  for (const LayerReport& layer : checkpoint.layers) {
    for (const LayerValue& one : layer_values()) {
      take({.scope = Scope::layer,
            .metric = one.key,
            .layer = layer.name,
            .value = value(layer, one)});
    }
    if (with_unfoldings) {
      unfoldings(layer, take);
    }
  }
}

void summary(const metrics::Summary& summary, const Take& take) {
  for (const metrics::Aggregate& aggregate : summary.aggregates) {
    const std::vector<std::string>& names = statistics_of(aggregate.metric);
    for (std::size_t i = 0; i < names.size(); ++i) {
      take({.scope = Scope::summary,
            .metric = names[i],
            .value = aggregate.*metrics::statistics()[i].value});
    }
  }
  for (const metrics::Total& total : summary.totals) {
    take({.scope = Scope::summary, .metric = total.key, .value = total.value});
  }
}

void logged(Scope scope, const std::vector<LoggedNumber>& numbers, const Take& take) {
  for (const LoggedNumber& number : numbers) {
    take({.scope = scope, .metric = number.name, .value = number.value});
  }
}

void rates(const ScheduleReport& schedule, const EpochRates& epoch, const Take& take) {
  for (std::size_t p = 0; p < schedule.parameters.size(); ++p) {
    take({.scope = Scope::schedule,
          .metric = "rate",
          .layer = schedule.parameters[p],
          .value = epoch.rates[p]});
    if (!epoch.used.empty()) {
      take({.scope = Scope::schedule,
            .metric = "used_rate",
            .layer = schedule.parameters[p],
            .value = epoch.used[p]});
    }
  }
}

using Number = std::optional<std::int64_t> CheckpointReport::*;

// The checkpoints' own numbers, as far as each has one and they increase.
std::optional<std::vector<std::int64_t>> increasing(const RunReport& run, Number number) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < run.checkpoints.size(); ++i) {
    const CheckpointReport& checkpoint = run.checkpoints[i];
    std::optional<std::int64_t> one = checkpoint.*number;
    const bool is_initial = i == 0 && run.initial.checkpoint == checkpoint.name;
    if (!one && is_initial && run.checkpoints.size() > 1 && run.checkpoints[1].*number) {
      const std::int64_t next = *(run.checkpoints[1].*number);
      one = next > 0 ? 0 : std::max(next, std::numeric_limits<std::int64_t>::min() + 1) - 1;
    }
    if (!one || (!out.empty() && *one <= out.back())) {
      return std::nullopt;
    }
    out.push_back(*one);
  }
  return out;
}

}  // namespace

std::string_view name(Scope scope) noexcept {
  switch (scope) {
    case Scope::layer:
      return "layer";
    case Scope::unfolding:
      return "unfolding";
    case Scope::summary:
      return "summary";
    case Scope::score:
      return "score";
    case Scope::used_rate:
      return "used_rate";
    case Scope::next_used_rate:
      return "next_used_rate";
    case Scope::schedule:
      break;
  }
  return "schedule";
}

std::string qualified_name(const Scalar& scalar) {
  switch (scalar.scope) {
    case Scope::summary:
      return fmt::format("summary.{}", scalar.metric);
    case Scope::score:
      return fmt::format("scores.{}", scalar.metric);
    case Scope::used_rate:
      return fmt::format("used_rates.{}", scalar.metric);
    case Scope::next_used_rate:
      return fmt::format("next_used_rates.{}", scalar.metric);
    case Scope::unfolding:
      return fmt::format("{}@{}", scalar.metric, scalar.unfolding);
    case Scope::layer:
    case Scope::schedule:
      break;
  }
  return std::string(scalar.metric);
}

Scalars::Scalars(const RunReport& run, const ScalarChoice& choice) : run_(run), choice_(choice) {
  if (run.schedule) {
    for (const EpochRates& epoch : run.schedule->epochs) {
      epochs_.try_emplace(epoch.after, &epoch);
    }
  }
}

bool Scalars::is_chosen(const Scalar& scalar) const {
  if (choice_.globs.empty()) {
    return true;
  }
  const auto [place, is_new] = chosen_.try_emplace(qualified_name(scalar), false);
  if (is_new) {
    const std::string& name = place->first;
    place->second = std::ranges::any_of(
        choice_.globs, [&](const std::string& glob) { return glob_matches(glob, name); });
  }
  return place->second;
}

void Scalars::for_each(const CheckpointReport& checkpoint, const Take& take) const {
  const Take chosen = [&](const Scalar& scalar) {
    if (is_chosen(scalar)) {
      take(scalar);
    }
  };
  layers(checkpoint, choice_.unfoldings, chosen);
  summary(checkpoint.summary, chosen);
  logged(Scope::score, checkpoint.scores, chosen);
  logged(Scope::used_rate, checkpoint.used_rates, chosen);
  logged(Scope::next_used_rate, checkpoint.next_used_rates, chosen);
  if (const auto epoch = epochs_.find(checkpoint.name); epoch != epochs_.end()) {
    rates(*run_.schedule, *epoch->second, chosen);
  }
}

bool holds_any(const Report& report, const ScalarChoice& choice) {
  for (const RunReport& run : report.runs) {
    const Scalars scalars(run, choice);
    for (const CheckpointReport& checkpoint : run.checkpoints) {
      bool any = false;
      scalars.for_each(checkpoint, [&](const Scalar& one) { any = any || one.value; });
      if (any) {
        return true;
      }
    }
  }
  return false;
}

StepAxis step_axis(const RunReport& run) {
  if (auto steps = increasing(run, &CheckpointReport::step)) {
    return {.kind = "step", .steps = *std::move(steps)};
  }
  if (auto epochs = increasing(run, &CheckpointReport::epoch)) {
    return {.kind = "epoch", .steps = *std::move(epochs)};
  }
  StepAxis axis{.kind = "index", .steps = {}};
  for (std::size_t i = 0; i < run.checkpoints.size(); ++i) {
    axis.steps.push_back(static_cast<std::int64_t>(i));
  }
  return axis;
}

}  // namespace hindcast::report
