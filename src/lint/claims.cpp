// What files and their names say about the step, apart from the weights.

#include "lint/claims.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::lint {
namespace {

using Number = std::optional<std::int64_t>;

// One of the two numbers that tell the place in a run.
struct Count {
  std::string_view name;
  Number CheckpointObservation::*stated;
  Number NamedPlace::*named;
};

constexpr Count kSteps = {"step", &CheckpointObservation::step, &NamedPlace::step};
constexpr Count kEpochs = {"epoch", &CheckpointObservation::epoch, &NamedPlace::epoch};

// Some count from 0 in the file and from 1 in the name: what most checkpoints have between the two
// is no contradiction. Nothing where no difference is usual.
Number usual_difference(const RunView& view, const Count& count) {
  std::map<std::int64_t, std::size_t> differences;
  std::size_t all = 0;
  for (const CheckpointObservation& checkpoint : view.run().checkpoints) {
    const Number stated = checkpoint.*count.stated;
    const Number named = checkpoint.named.*count.named;
    if (checkpoint.states_its_place && stated && named) {
      ++differences[*named - *stated];
      ++all;
    }
  }
  for (const auto& [difference, times] : differences) {
    if (2 * times > all) {
      return difference;
    }
  }
  return std::nullopt;
}

void add_contradictions(const RunView& view, const Count& count, std::vector<Finding>& findings) {
  const Number usual = usual_difference(view, count);
  for (std::size_t position = 0; position < view.size(); ++position) {
    const CheckpointObservation& checkpoint = view.run().checkpoints[position];
    const Number stated = checkpoint.*count.stated;
    const Number named = checkpoint.named.*count.named;
    const bool both = checkpoint.states_its_place && stated && named;
    if (!both || !usual || *named - *stated == *usual) {
      continue;
    }
    Finding finding = view.finding(Kind::step_contradiction, Severity::error, position);
    finding.evidence = fmt::format("the file states {} {} and is called '{}'", count.name, *stated,
                                   printable(checkpoint.path));
    findings.push_back(std::move(finding));
  }
}

// A copy with the name of another step is that step, with the wrong weights.
void add_named_copies(const RunView& view, const Count& count, std::vector<Finding>& findings) {
  const std::int64_t usual = usual_difference(view, count).value_or(0);
  for (std::size_t position = view.run().has_initial ? 1 : 0; position < view.size(); ++position) {
    const CheckpointObservation& checkpoint = view.run().checkpoints[position];
    const Number stated = checkpoint.*count.stated;
    for (const AliasObservation& alias : checkpoint.aliases) {
      const Number named = alias.named.*count.named;
      // The copy that has the right name is the one that is in place.
      if (!named || !stated || *named - usual == *stated) {
        continue;
      }
      Finding finding = view.finding(Kind::identical_checkpoints, Severity::error, position);
      finding.other = view.moment(position);
      finding.at = {.checkpoint = alias.path, .path = alias.path};
      (count.name == "step" ? finding.at.step : finding.at.epoch) = *named - usual;
      finding.evidence = fmt::format("exactly the weights of {}, '{}'", view.label(position),
                                     printable(checkpoint.path));
      findings.push_back(std::move(finding));
    }
  }
}

// Where in the run a name belongs: before the first checkpoint that is not earlier.
std::size_t position_of(const RunView& view, const NamedPlace& named) {
  for (std::size_t position = 1; position < view.size(); ++position) {
    const CheckpointObservation& checkpoint = view.run().checkpoints[position];
    if ((named.step && checkpoint.step && *named.step <= *checkpoint.step) ||
        (!named.step && named.epoch && checkpoint.epoch && *named.epoch <= *checkpoint.epoch)) {
      return position;
    }
  }
  return view.size();
}

// The series takes a copy of the initial checkpoint for the same one, whatever it is called.
void add_trained_copies(const RunView& view, std::vector<Finding>& findings) {
  if (!view.run().has_initial) {
    return;
  }
  for (const AliasObservation& alias : view.run().checkpoints.front().aliases) {
    if (alias.named.is_initial) {
      continue;
    }
    const std::size_t position = position_of(view, alias.named);
    const bool is_last = position == view.size();
    Finding finding = position == 1 && !is_last
                          ? view.finding(Kind::identical_checkpoints, unmoved(alias.named.step), 0)
                          : view.finding(is_last ? Kind::still_initial : Kind::reset_to_initial,
                                         Severity::error, 0);
    finding.position = is_last ? view.size() - 1 : position;
    finding.other = view.moment(0);
    finding.at = {.checkpoint = alias.path,
                  .path = alias.path,
                  .step = alias.named.step,
                  .epoch = alias.named.epoch};
    finding.evidence = position == 1 && !is_last
                           ? "exactly the initial weights: nothing has moved yet"
                           : fmt::format("exactly the initial weights, those of '{}'",
                                         printable(view.run().checkpoints.front().path));
    findings.push_back(std::move(finding));
  }
}

void add_repeated_steps(const RunView& view, std::vector<Finding>& findings) {
  std::map<std::pair<Number, Number>, std::size_t> first;
  for (std::size_t position = 0; position < view.size(); ++position) {
    const CheckpointObservation& checkpoint = view.run().checkpoints[position];
    if (!checkpoint.step && !checkpoint.epoch) {
      continue;
    }
    const auto [place, is_new] =
        first.try_emplace(std::pair(checkpoint.step, checkpoint.epoch), position);
    if (is_new) {
      continue;
    }
    Finding finding = view.finding(Kind::repeated_step, Severity::warning, position);
    finding.other = view.moment(place->second);
    finding.evidence =
        fmt::format("states {} as '{}' does, with other weights", view.label(position),
                    printable(view.run().checkpoints[place->second].path));
    findings.push_back(std::move(finding));
  }
}

}  // namespace

std::vector<Finding> find_contradictions(const RunView& view) {
  std::vector<Finding> findings;
  for (const Count& count : {kSteps, kEpochs}) {
    add_contradictions(view, count, findings);
    add_named_copies(view, count, findings);
  }
  add_trained_copies(view, findings);
  add_repeated_steps(view, findings);
  return findings;
}

}  // namespace hindcast::lint
