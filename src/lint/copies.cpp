// Equal weights at different steps: of whole checkpoints, and of tensors among checkpoints that
// differ. Which of two equal ones is the copy, the path of the training tells: a copy leaves it.

#include "lint/copies.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "lint/distances.hpp"
#include "lint/equal_checkpoints.hpp"
#include "lint/genuine.hpp"
#include "lint/which_is_copy.hpp"

namespace hindcast::lint {
namespace {

// Fewer values than this may come back by chance, where they are clipped or coarse.
constexpr std::uint64_t kLeastValues = 4;

using Positions = std::vector<std::size_t>;

class CopyFinder {
 public:
  explicit CopyFinder(const RunView& view) : view_(view) {
    copies_.copied.resize(view.run().tensors.size());
    copies_.stands_still.resize(view.run().tensors.size());
  }

  Copies find() {
    EqualCheckpoints equal = find_equal_checkpoints(view_);
    copies_.findings = std::move(equal.findings);
    copies_.genuine = std::move(equal.genuine);
    std::map<Positions, std::vector<std::size_t>> returns;  // Tensors by where they are equal.
    for (std::size_t tensor = 0; tensor < view_.run().tensors.size(); ++tensor) {
      look_at(tensor, returns);
    }
    for (const auto& [positions, tensors] : returns) {
      add_returns(positions, tensors);
    }
    settle_pauses();
    tell_tensors();
    return std::move(copies_);
  }

 private:
  void look_at(std::size_t tensor, std::map<Positions, std::vector<std::size_t>>& returns) {
    Positions seen;  // Where it is, in order.
    std::vector<std::uint64_t> contents;
    for (const std::size_t position : copies_.genuine) {
      if (const TensorState* const state = finite_state_of(view_.run(), position, tensor)) {
        seen.push_back(position);
        contents.push_back(state->content);
      }
    }
    const bool is_layer = view_.run().tensors[tensor].is_layer;
    const auto changed = std::ranges::adjacent_find(contents, std::not_equal_to<>());
    if (changed == contents.end()) {
      copies_.stands_still[tensor] = true;
      if (is_layer && seen.size() >= 2) {
        add_frozen(tensor, seen);
      }
      return;
    }
    const bool once =
        std::adjacent_find(changed + 1, contents.end(), std::not_equal_to<>()) == contents.end();
    if (once && contents.size() >= 4) {
      copies_.stands_still[tensor] = true;
      if (is_layer) {
        moved_once_[seen[static_cast<std::size_t>(changed - contents.begin()) + 1]].push_back(
            tensor);
      }
      return;
    }
    if (is_layer) {
      add_pauses(tensor, seen, contents);
    }
    if (view_.run().tensors[tensor].values >= kLeastValues &&
        view_.run().tensors[tensor].is_trained) {
      collect_returns(tensor, seen, contents, returns);
    }
  }

  void add_frozen(std::size_t tensor, const Positions& seen) {
    const bool is_embedding = view_.run().tensors[tensor].kind == tensor::LayerKind::embedding;
    frozen_[{is_embedding ? Severity::note : Severity::warning, seen.front()}].push_back(tensor);
  }

  // Stretches of equal neighbours.
  void add_pauses(std::size_t tensor, const Positions& seen,
                  const std::vector<std::uint64_t>& contents) {
    for (std::size_t from = 0; from < seen.size();) {
      std::size_t to = from;
      while (to + 1 < seen.size() && contents[to + 1] == contents[from]) {
        ++to;
      }
      if (to > from) {
        const Severity severity =
            may_round_to_nothing(tensor, seen, from, to) ? Severity::note : Severity::warning;
        const bool is_long_at_an_end = (from == 0 || to + 1 == seen.size()) && to > from + 1;
        const Pause pause{.from = seen[from], .first = seen[from + 1], .to = seen[to]};
        (is_long_at_an_end ? long_pauses_ : pauses_)[{severity, pause}].push_back(tensor);
      }
      from = to + 1;
    }
  }

  struct Pause {
    std::size_t from = 0;
    std::size_t first = 0;  // Where it is seen to stand still.
    std::size_t to = 0;

    [[nodiscard]] bool is_of_two() const { return first == to; }
    bool operator<(const Pause& other) const {
      return std::tie(from, first, to) < std::tie(other.from, other.first, other.to);
    }
  };

  // A small update leaves a coarse layer as it was. But not one that moves many values before and
  // after.
  [[nodiscard]] bool may_round_to_nothing(std::size_t tensor, const Positions& seen,
                                          std::size_t from, std::size_t to) const {
    if (!state_of(view_.run(), seen[from], tensor)->is_coarse) {
      return false;
    }
    if (from == 0 || to + 1 == seen.size()) {
      return true;
    }
    const Positions around = {seen[from - 1], seen[from], seen[to + 1]};
    const Distances distances(view_.run(), {tensor}, around);
    return std::min(distances.squared(around[0], around[1]),
                    distances.squared(around[1], around[2])) <= distances.few_values();
  }

  using Pauses = std::map<std::pair<Severity, Pause>, std::vector<std::size_t>>;

  // Which of the two is the copy, all layers say that have the same pause, or moved in it.
  void settle_pauses() {
    for (const Pauses* const pauses : {&pauses_, &long_pauses_}) {
      for (const auto& [how, layers] : *pauses) {
        const Pause& pause = how.second;
        // A coarse layer that stands still was not copied, as a rule.
        const bool is_copy = pause.is_of_two() && how.first != Severity::note;
        const WhichIsCopy which =
            is_copy ? copy_in_pause(pause, layers)
                    : WhichIsCopy{.genuine = pause.from, .copy = pause.first, .is_certain = true};
        for (const std::size_t layer : layers) {
          copies_.copied[layer].push_back(which.copy);
        }
        which_.emplace(how, which);
      }
    }
  }

  [[nodiscard]] WhichIsCopy copy_in_pause(const Pause& pause,
                                          const std::vector<std::size_t>& layers) const {
    if (pause.from == 0 && view_.run().has_initial) {
      return {.genuine = pause.from, .copy = pause.first, .is_certain = true};
    }
    EqualPair pair{.first = pause.from, .second = pause.first};
    const auto place = std::ranges::find(copies_.genuine, pause.from);
    const auto at = [&](std::ptrdiff_t offset) {
      const std::ptrdiff_t index = place - copies_.genuine.begin() + offset;
      return index >= 0 && index < std::ssize(copies_.genuine)
                 ? std::optional(copies_.genuine[static_cast<std::size_t>(index)])
                 : std::nullopt;
    };
    pair.long_before = at(-2);
    pair.before = at(-1);
    pair.after = at(2);
    pair.long_after = at(3);
    const Positions around = all_of(pair);
    const Distances own(view_.run(), layers, around);
    const Distances moving(view_.run(), moving_layers(around), around);
    return moving.dimension() > 0 ? which_is_copy(pair, own, moving)
                                  : which_is_copy(pair, own, view_.times());
  }

  // Those that are somewhere else at each of the positions.
  [[nodiscard]] std::vector<std::size_t> moving_layers(const Positions& around) const {
    std::vector<std::size_t> out;
    for (const std::size_t layer : view_.layers()) {
      std::set<std::uint64_t> contents;
      for (const std::size_t position : around) {
        if (const TensorState* const state = finite_state_of(view_.run(), position, layer)) {
          contents.insert(state->content);
        }
      }
      if (contents.size() == around.size()) {
        out.push_back(layer);
      }
    }
    return out;
  }

  // Values that come back after others.
  void collect_returns(std::size_t tensor, const Positions& seen,
                       const std::vector<std::uint64_t>& contents,
                       std::map<Positions, std::vector<std::size_t>>& returns) const {
    std::map<std::uint64_t, Positions> by_content;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (i == 0 || contents[i] != contents[i - 1]) {
        by_content[contents[i]].push_back(seen[i]);
      }
    }
    for (const auto& [content, positions] : by_content) {
      const bool is_zero = state_of(view_.run(), positions.front(), tensor)->norm == 0.0;
      if (positions.size() > 1 && !is_zero && goes_away(tensor, positions, seen)) {
        returns[positions].push_back(tensor);
      }
    }
  }

  // Where hardly a value rounds to its neighbour in between, all may come back by chance.
  [[nodiscard]] bool goes_away(std::size_t tensor, const Positions& returns,
                               const Positions& seen) const {
    const Distances distances(view_.run(), {tensor}, seen);
    return distances.dimension() == 0 || std::ranges::any_of(seen, [&](std::size_t position) {
             return position > returns.front() && position < returns.back() &&
                    distances.squared(returns.front(), position) > distances.few_values();
           });
  }

  void add_returns(const Positions& positions, const std::vector<std::size_t>& tensors) {
    std::vector<std::size_t> movers;
    std::ranges::copy_if(tensors, std::back_inserter(movers),
                         [&](std::size_t t) { return view_.run().tensors[t].is_layer; });
    const std::size_t genuine =
        genuine_of(view_, positions, movers.empty() ? tensors : movers).position;
    for (const std::size_t position : positions) {
      if (position == genuine) {
        continue;
      }
      std::ranges::copy(tensors, std::back_inserter(returned_[{position, genuine}]));
      for (const std::size_t tensor : tensors) {
        copies_.copied[tensor].push_back(position);
      }
    }
  }

  // --- in words

  void tell_tensors() {
    for (auto& [where, tensors] : returned_) {
      std::ranges::sort(tensors);
      add(returned(where.first, where.second, tensors), tensors);
    }
    for (const auto& [how, tensors] : pauses_) {
      add(paused(how.first, how.second, which_.at(how), tensors.size()), tensors);
    }
    for (const auto& [how, tensors] : long_pauses_) {
      Finding finding = view_.finding(Kind::paused_layer, how.first, how.second.first);
      finding.other = view_.moment(how.second.from);
      finding.evidence = fmt::format("stands still from {} to {}, while others move",
                                     view_.label(how.second.from), view_.label(how.second.to));
      add(std::move(finding), tensors);
    }
    for (const auto& [how, tensors] : frozen_) {
      Finding finding = view_.finding(Kind::frozen_layer, how.first, how.second);
      finding.evidence =
          fmt::format("never moved in {}", counted(copies_.genuine.size(), "checkpoint"));
      add(std::move(finding), tensors);
    }
    for (const auto& [position, tensors] : moved_once_) {
      Finding finding = view_.finding(Kind::moved_once, Severity::warning, position);
      finding.evidence =
          fmt::format("changed at {} and never before or after", view_.label(position));
      add(std::move(finding), tensors);
    }
  }

  [[nodiscard]] Finding returned(std::size_t position, std::size_t genuine,
                                 const std::vector<std::size_t>& tensors) const {
    const bool is_reset = genuine == 0 && view_.run().has_initial;
    Finding finding = view_.finding(is_reset             ? Kind::reset_to_initial
                                    : tensors.size() > 1 ? Kind::foreign_shard
                                                         : Kind::identical_tensor,
                                    Severity::error, position);
    finding.other = view_.moment(genuine);
    finding.evidence = is_reset ? "exactly the initial values again, after they had moved"
                                : fmt::format("exactly the values of {}, with others in between",
                                              view_.label(genuine));
    return finding;
  }

  [[nodiscard]] Finding paused(Severity severity, const Pause& pause, const WhichIsCopy& which,
                               std::size_t tensors) const {
    const bool is_shard = tensors > 1 && severity == Severity::warning && pause.from > 0;
    Finding finding = view_.finding(is_shard ? Kind::foreign_shard : Kind::identical_tensor,
                                    is_shard ? Severity::error : severity, which.copy);
    finding.other = view_.moment(which.genuine);
    finding.evidence =
        pause.is_of_two()
            ? fmt::format("exactly the values of {}, while others moved{}",
                          view_.label(which.genuine), which.is_certain ? "" : kOrOtherWay)
            : fmt::format("stands still from {} to {}, while others move", view_.label(pause.from),
                          view_.label(pause.to));
    return finding;
  }

  void add(Finding finding, const std::vector<std::size_t>& tensors) {
    finding.layers = view_.names(tensors);
    copies_.findings.push_back(std::move(finding));
  }

  const RunView& view_;
  Copies copies_;
  std::map<std::pair<Severity, std::size_t>, std::vector<std::size_t>> frozen_;
  std::map<std::size_t, std::vector<std::size_t>> moved_once_;
  Pauses pauses_;
  Pauses long_pauses_;
  std::map<std::pair<Severity, Pause>, WhichIsCopy> which_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>> returned_;
};

}  // namespace

Copies find_copies(const RunView& view) {
  return CopyFinder(view).find();
}

}  // namespace hindcast::lint
