#include "lint/run_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::lint {

RunView::RunView(const RunObservation& run) : run_(run) {
  for (std::size_t i = 0; i < run.tensors.size(); ++i) {
    if (run.tensors[i].is_layer) {
      layers_.push_back(i);
    }
  }
}

std::string RunView::label(std::size_t position) const {
  const CheckpointObservation& checkpoint = run_.checkpoints[position];
  if (checkpoint.step) {
    return fmt::format("step {}", *checkpoint.step);
  }
  return checkpoint.epoch && *checkpoint.epoch >= 0
             ? fmt::format("epoch {}", *checkpoint.epoch)
             : fmt::format("'{}'", printable(checkpoint.name));
}

Moment RunView::moment(std::size_t position) const {
  const CheckpointObservation& checkpoint = run_.checkpoints[position];
  return {.checkpoint = checkpoint.name,
          .path = checkpoint.path,
          .step = checkpoint.step,
          .epoch = checkpoint.epoch};
}

std::vector<double> RunView::times() const {
  const std::vector<CheckpointObservation>& all = run_.checkpoints;
  const auto numbered = [&](const auto member) {
    return std::all_of(all.begin() + (run_.has_initial && !all.empty() ? 1 : 0), all.end(),
                       [&](const CheckpointObservation& c) { return (c.*member).has_value(); });
  };
  std::vector<double> out;
  const auto member = numbered(&CheckpointObservation::step) ? &CheckpointObservation::step
                                                             : &CheckpointObservation::epoch;
  if (!numbered(member)) {
    return out;
  }
  for (const CheckpointObservation& checkpoint : all) {
    out.push_back(static_cast<double>((checkpoint.*member).value_or(0)));
  }
  return out;
}

std::vector<std::string> RunView::names(const std::vector<std::size_t>& tensors) const {
  std::vector<std::string> names;
  for (const std::size_t tensor : tensors) {
    names.push_back(run_.tensors[tensor].name);
  }
  return names;
}

Finding RunView::finding(Kind kind, Severity severity, std::size_t position) const {
  Finding out{.kind = kind, .severity = severity, .position = position, .at = moment(position)};
  return out;
}

Severity unmoved(const std::optional<std::int64_t>& step) {
  return step == 1 ? Severity::note : Severity::warning;
}

std::string counted(std::size_t count, const std::string& thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace hindcast::lint
