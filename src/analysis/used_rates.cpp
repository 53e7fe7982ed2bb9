#include "analysis/used_rates.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

using Rates = std::vector<report::LoggedNumber>;

// "lr-conv1.weight" is of "conv1.weight".
std::string_view group_of(std::string_view column) {
  const std::size_t mark = column.find_first_of("-/");
  return mark == std::string_view::npos ? std::string_view() : column.substr(mark + 1);
}

// Of every parameter; empty where no rate is of a parameter.
std::vector<std::optional<double>> by_parameter(const Rates& rates,
                                                const std::vector<std::string>& parameters) {
  std::vector<std::optional<double>> out(parameters.size());
  bool any = false;
  for (const report::LoggedNumber& rate : rates) {
    const auto place = std::ranges::find(parameters, group_of(rate.name));
    if (place != parameters.end()) {
      out[static_cast<std::size_t>(place - parameters.begin())] = rate.value;
      any = true;
    }
  }
  return any ? out : std::vector<std::optional<double>>();
}

bool all_equal(const Rates& rates) {
  return std::ranges::all_of(rates,
                             [&](const auto& rate) { return rate.value == rates.front().value; });
}

const report::CheckpointReport* find(const report::RunReport& run, const std::string& name) {
  const auto place = std::ranges::find(run.checkpoints, name, &report::CheckpointReport::name);
  return place == run.checkpoints.end() ? nullptr : &*place;
}

}  // namespace

void set_used_rates(report::RunReport& run) {
  if (!run.schedule) {
    return;
  }
  const Rates* untold = nullptr;
  for (report::EpochRates& epoch : run.schedule->epochs) {
    const report::CheckpointReport* const checkpoint = find(run, epoch.after);
    if (checkpoint == nullptr || checkpoint->next_used_rates.empty()) {
      continue;
    }
    const Rates& rates = checkpoint->next_used_rates;
    epoch.used = by_parameter(rates, run.schedule->parameters);
    if (epoch.used.empty() && all_equal(rates) && rates.front().value) {
      epoch.used.assign(run.schedule->parameters.size(), rates.front().value);
    } else if (epoch.used.empty() && !all_equal(rates)) {
      untold = &rates;
    }
  }
  if (untold != nullptr) {
    run.schedule->notes.push_back(
        fmt::format("the run used several learning rates at once ('{}', '{}'{}): whose they are is "
                    "not known, so they are not set beside the prescribed ones",
                    printable(untold->front().name), printable(untold->at(1).name),
                    untold->size() > 2 ? ", ..." : ""));
  }
}

}  // namespace hindcast::analysis
