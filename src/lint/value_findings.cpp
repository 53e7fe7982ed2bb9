// What single tensors hold, each told once, where it begins.

#include "lint/value_findings.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "base/text.hpp"
#include "lint/distances.hpp"

namespace hindcast::lint {
namespace {

class ValueFinder {
 public:
  explicit ValueFinder(const RunView& view) : view_(view) {}

  std::vector<Finding> find() {
    for (std::size_t tensor = 0; tensor < view_.run().tensors.size(); ++tensor) {
      look_for_non_finite(tensor);
      const tensor::LayerKind kind = view_.run().tensors[tensor].kind;
      // Rows of embeddings are words: those for padding are zero.
      if (view_.run().tensors[tensor].is_layer && kind != tensor::LayerKind::embedding) {
        look_for_dead(tensor);
      }
      if (view_.run().tensors[tensor].is_trained) {
        look_for_changes(tensor);
      }
    }
    tell_non_finite();
    tell_changes();
    return std::move(findings_);
  }

 private:
  struct Values {
    std::uint64_t bad = 0;
    std::uint64_t all = 0;
    std::vector<std::size_t> tensors = {};
  };

  void look_for_non_finite(std::size_t tensor) {
    bool was_finite = true;
    for (std::size_t position = 0; position < view_.size(); ++position) {
      const TensorState* const state = state_of(view_.run(), position, tensor);
      if (state == nullptr) {
        continue;
      }
      if (state->non_finite > 0 && was_finite) {
        Values& values = non_finite_[position];
        values.bad += state->non_finite;
        values.all += view_.run().tensors[tensor].values;
        values.tensors.push_back(tensor);
      }
      was_finite = state->non_finite == 0;
    }
  }

  void tell_non_finite() {
    for (const auto& [position, values] : non_finite_) {
      Finding finding = view_.finding(Kind::non_finite, Severity::error, position);
      finding.layers = view_.names(values.tensors);
      finding.count = values.bad;
      finding.evidence = fmt::format("{} of {} values are NaN or infinite", values.bad, values.all);
      findings_.push_back(std::move(finding));
    }
  }

  // From when on there are more of them than ever before. What is zero from the start, and stays
  // so, may be padding, a mask or a pruned filter.
  void look_for_dead(std::size_t tensor) {
    std::uint64_t most = 0;
    bool is_first = true;
    for (std::size_t position = 0; position < view_.size(); ++position) {
      const TensorState* const state = state_of(view_.run(), position, tensor);
      if (state == nullptr || state->non_finite > 0) {
        continue;
      }
      const bool is_initial = position == 0 && view_.run().has_initial;
      const bool from_the_start = is_first && !is_initial;
      is_first = false;
      if (is_initial) {
        at_start_ = state->dead.count;
        continue;  // Zero is how some layers begin.
      }
      if (state->dead.count > most) {
        const bool as_at_start = view_.run().has_initial ? state->dead.count <= at_start_
                                                         : from_the_start && view_.size() > 1;
        tell_dead(tensor, position, *state, as_at_start ? Severity::note : Severity::warning);
        most = state->dead.count;
      }
    }
    at_start_ = 0;
  }

  void tell_dead(std::size_t tensor, std::size_t position, const TensorState& state,
                 Severity severity) {
    Finding finding = view_.finding(Kind::dead_filter, severity, position);
    finding.layers = view_.names({tensor});
    finding.count = state.dead.count;
    const bool are_all = state.dead.count == state.dead.first.size();
    finding.evidence =
        state.dead.count == state.dead.filters
            ? "all weights are zero"
            : fmt::format("{} of {} filters are zero beside the others: {}{}", state.dead.count,
                          state.dead.filters, join(state.dead.first, ", "), are_all ? "" : ", ...");
    findings_.push_back(std::move(finding));
  }

  void look_for_changes(std::size_t tensor) {
    for (std::size_t position = 1; position < view_.size(); ++position) {
      const Presence before = presence(position - 1, tensor);
      const Presence now = presence(position, tensor);
      if (before == Presence::absent && now != Presence::absent) {
        changes_[{position, Kind::appeared_layer}].push_back(tensor);
      } else if (before != Presence::absent && now == Presence::absent) {
        changes_[{position, Kind::vanished_layer}].push_back(tensor);
      } else if (now == Presence::reshaped && before != Presence::reshaped) {
        changes_[{position, Kind::reshaped_layer}].push_back(tensor);
      }
    }
  }

  [[nodiscard]] Presence presence(std::size_t position, std::size_t tensor) const {
    const std::vector<TensorState>& states = view_.run().checkpoints[position].states;
    return tensor < states.size() ? states[tensor].presence : Presence::absent;
  }

  [[nodiscard]] std::size_t layers_at(std::size_t position) const {
    return static_cast<std::size_t>(std::ranges::count_if(view_.layers(), [&](std::size_t layer) {
      return presence(position, layer) != Presence::absent;
    }));
  }

  void tell_changes() {
    for (const auto& [key, tensors] : changes_) {
      const auto& [position, kind] = key;
      Finding finding = view_.finding(kind, Severity::warning, position);
      finding.layers = view_.names(tensors);
      finding.other = view_.moment(position - 1);
      const std::string before = view_.label(position - 1);
      // Most of the layers: another network, whatever became of this one.
      const auto layers = std::ranges::count_if(
          tensors, [&](std::size_t t) { return view_.run().tensors[t].is_layer; });
      const bool are_most =
          layers > 1 && 2 * static_cast<std::size_t>(layers) > layers_at(position - 1);
      if (are_most && kind != Kind::vanished_layer) {
        finding.kind = Kind::two_runs;
        finding.severity = Severity::error;
      }
      finding.evidence = kind == Kind::appeared_layer ? fmt::format("not there at {}", before)
                         : kind == Kind::vanished_layer
                             ? fmt::format("no longer there, as it was at {}", before)
                             : std::string("has another shape than it had first");
      findings_.push_back(std::move(finding));
    }
  }

  const RunView& view_;
  std::uint64_t at_start_ = 0;  // Dead filters of the tensor at hand before training.
  std::map<std::size_t, Values> non_finite_;
  std::map<std::pair<std::size_t, Kind>, std::vector<std::size_t>> changes_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> find_bad_values(const RunView& view) {
  return ValueFinder(view).find();
}

}  // namespace hindcast::lint
