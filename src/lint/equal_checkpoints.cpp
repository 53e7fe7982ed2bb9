#include "lint/equal_checkpoints.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lint/genuine.hpp"

namespace hindcast::lint {
namespace {

using Positions = std::vector<std::size_t>;

// Equal for checkpoints whose trained tensors are equal, all of them; nothing where none is finite.
std::optional<std::uint64_t> content_of(const RunView& view, std::size_t position) {
  std::uint64_t all = 0;
  bool any_layer = false;
  for (std::size_t tensor = 0; tensor < view.run().tensors.size(); ++tensor) {
    const TensorState* const state = state_of(view.run(), position, tensor);
    if (state == nullptr || !view.run().tensors[tensor].is_trained) {
      continue;
    }
    // A tensor full of NaN is equal to any other one.
    any_layer = any_layer || (view.run().tensors[tensor].is_layer && state->non_finite == 0);
    all = (all ^ state->content ^ tensor) * 0x9E3779B97F4A7C15ULL;
    all ^= all >> 32U;
  }
  return any_layer ? std::optional(all) : std::nullopt;
}

Finding copy_of_checkpoint(const RunView& view, std::size_t position, std::size_t genuine,
                           const Positions& all) {
  const std::size_t last = view.size() - 1;
  const auto make = [&](Kind kind, Severity severity, std::string evidence) {
    Finding finding = view.finding(kind, severity, position);
    finding.other = view.moment(genuine);
    finding.evidence = std::move(evidence);
    return finding;
  };
  if (genuine == 0 && view.run().has_initial) {
    // Are all before it equal, too?
    const bool moved_before =
        all.size() <= position || all[position] != position;  // They are ascending.
    if (position == last) {
      return make(Kind::still_initial, Severity::error,
                  "the last checkpoint has exactly the weights of the initialisation");
    }
    if (!moved_before) {
      return make(Kind::identical_checkpoints, unmoved(view.run().checkpoints[position].step),
                  "exactly the initial weights: nothing has moved yet");
    }
    Finding reset = make(Kind::reset_to_initial, Severity::error,
                         "exactly the initial weights again, after they had moved");
    return reset;
  }
  if (genuine == last) {
    return make(Kind::repeated_final, Severity::error,
                fmt::format("exactly the final weights, those of {}", view.label(genuine)));
  }
  return make(Kind::identical_checkpoints, Severity::error,
              fmt::format("exactly the weights of {}", view.label(genuine)));
}

}  // namespace

EqualCheckpoints find_equal_checkpoints(const RunView& view) {
  std::map<std::uint64_t, Positions> by_content;
  for (std::size_t position = 0; position < view.size(); ++position) {
    if (const auto content = content_of(view, position)) {
      by_content[*content].push_back(position);
    }
  }
  EqualCheckpoints out;
  std::set<std::size_t> repeated;
  for (const auto& [content, positions] : by_content) {
    if (positions.size() < 2) {
      continue;
    }
    const Genuine genuine = genuine_of(view, positions, view.layers());
    for (const std::size_t position : positions) {
      if (position != genuine.position) {
        repeated.insert(position);
        Finding finding = copy_of_checkpoint(view, position, genuine.position, positions);
        finding.evidence += position == genuine.rival ? kOrOtherWay : "";
        out.findings.push_back(std::move(finding));
      }
    }
  }
  for (std::size_t position = 0; position < view.size(); ++position) {
    if (!repeated.contains(position)) {
      out.genuine.push_back(position);
    }
  }
  return out;
}

}  // namespace hindcast::lint
