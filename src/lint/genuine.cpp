#include "lint/genuine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "lint/distances.hpp"

namespace hindcast::lint {
namespace {

using Positions = std::vector<std::size_t>;

// The nearest to a position that are not of its group.
struct Neighbours {
  std::optional<std::size_t> before;
  std::optional<std::size_t> after;
};

bool is_member(const Positions& group, std::size_t position) {
  return std::ranges::find(group, position) != group.end();
}

Neighbours neighbours_of(const RunView& view, std::size_t position, const Positions& group) {
  Neighbours out;
  for (std::size_t p = position; p-- > 0 && !out.before;) {
    out.before = is_member(group, p) ? std::nullopt : std::optional(p);
  }
  for (std::size_t p = position + 1; p < view.size() && !out.after; ++p) {
    out.after = is_member(group, p) ? std::nullopt : std::optional(p);
  }
  return out;
}

// How much longer the path of the others gets by going there: hardly at all, in squared
// distances, to where the weights were trained. In between, no less than the estimate's noise,
// so that what was saved last is believed where both are possible.
double detour(const Distances& distances, std::size_t position, const Neighbours& neighbours) {
  const auto& [before, after] = neighbours;
  if (!before || !after) {
    return before || after ? distances.squared(before ? *before : *after, position) : 0.0;
  }
  const double from = distances.squared(*before, position);
  const double to = distances.squared(position, *after);
  const double noise = 2.0 * std::sqrt(from * to / static_cast<double>(distances.dimension()));
  return std::max(from + to - distances.squared(*before, *after), 0.0) + 3.0 * noise;
}

// That which lies least off the path. Where members of the group follow each other, the first
// stands for them: there they came to stand still.
std::size_t least_detour(const RunView& view, const Positions& group,
                         const std::vector<std::size_t>& tensors) {
  std::vector<std::pair<std::size_t, Neighbours>> candidates;
  Positions involved;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (i > 0 && group[i] == group[i - 1] + 1) {
      continue;
    }
    candidates.emplace_back(group[i], neighbours_of(view, group[i], group));
    involved.push_back(group[i]);
    for (const auto& one : {candidates.back().second.before, candidates.back().second.after}) {
      if (one) {
        involved.push_back(*one);
      }
    }
  }
  const Distances distances(view.run(), tensors, involved);
  std::size_t best = group.front();
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [position, neighbours] : candidates) {
    const double own = distances.dimension() > 0 ? detour(distances, position, neighbours) : 0.0;
    if (own < least) {
      best = position;
      least = own;
    }
  }
  return best;
}

Genuine genuine_of_pair(const RunView& view, std::size_t first, const Positions& group,
                        const std::vector<std::size_t>& tensors) {
  EqualPair pair{.first = first, .second = first + 1};
  const auto neighbours = [&](std::size_t p) { return neighbours_of(view, p, group); };
  pair.before = neighbours(first).before;
  pair.after = neighbours(first).after;
  pair.long_before = pair.before ? neighbours(*pair.before).before : std::nullopt;
  pair.long_after = pair.after ? neighbours(*pair.after).after : std::nullopt;
  const Distances own(view.run(), tensors, all_of(pair));
  const WhichIsCopy which = which_is_copy(pair, own, view.times());
  return {.position = which.genuine,
          .rival = which.is_certain ? std::nullopt : std::optional(which.copy)};
}

}  // namespace

Genuine genuine_of(const RunView& view, const Positions& group,
                   const std::vector<std::size_t>& tensors) {
  if (group.front() == 0 && view.run().has_initial) {
    return {.position = 0};
  }
  const std::size_t best = least_detour(view, group, tensors);
  // A single one that follows may have been overwritten with it, or the other way round.
  return is_member(group, best + 1) && !is_member(group, best + 2)
             ? genuine_of_pair(view, best, group, tensors)
             : Genuine{.position = best};
}

Positions all_of(const EqualPair& pair) {
  Positions out = {pair.first, pair.second};
  for (const auto& one : {pair.before, pair.after, pair.long_before, pair.long_after}) {
    if (one) {
      out.push_back(*one);
    }
  }
  return out;
}

}  // namespace hindcast::lint
