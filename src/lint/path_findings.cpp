// First the checkpoints as a whole, then each layer by itself among those that are in place.

#include "lint/path_findings.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "lint/training_path.hpp"

namespace hindcast::lint {
namespace {

using How = OffPath::How;
using Positions = std::vector<std::size_t>;

// Many layers at many steps are many chances of an accident.
constexpr double kDeviationsOfLayer = 5.5;
// A layer of fewer values can wander back by itself.
constexpr std::size_t kLeastDimensionOfLayer = 48;

class PathFinder {
 public:
  PathFinder(const RunView& view, const Copies& copies) : view_(view), copies_(copies) {
    options_.has_initial =
        view.run().has_initial && !copies.genuine.empty() && copies.genuine.front() == 0;
    options_.times = view.times();
  }

  std::vector<Finding> find() {
    const Positions order = usable();
    const std::vector<std::size_t> intact = intact_layers();
    const Distances pooled(view_.run(), intact, order);
    for (const std::size_t layer : intact) {
      of_layers_.push_back(path_of(layer, order));
    }
    std::vector<OffPath> of_checkpoints = off_path(pooled, order, options_);
    std::erase_if(of_checkpoints, [&](const OffPath& off) { return !concerns_most_layers(off); });
    tell_checkpoints(of_checkpoints, order);
    find_layers(of_checkpoints);
    return std::move(findings_);
  }

 private:
  // Layers of which nothing is known to be wrong: what copies do to the path is told already.
  [[nodiscard]] std::vector<std::size_t> intact_layers() const {
    std::vector<std::size_t> out;
    std::ranges::copy_if(view_.layers(), std::back_inserter(out), [&](std::size_t layer) {
      return copies_.copied[layer].empty() && !copies_.stands_still[layer];
    });
    return out;
  }

  // Checkpoints of which most layers are there and finite.
  [[nodiscard]] Positions usable() const {
    Positions out;
    for (const std::size_t position : copies_.genuine) {
      const auto finite = std::ranges::count_if(view_.layers(), [&](std::size_t layer) {
        return finite_state_of(view_.run(), position, layer) != nullptr;
      });
      if (finite > 0 && 2 * static_cast<std::size_t>(finite) >= view_.layers().size()) {
        out.push_back(position);
      }
    }
    return out;
  }

  // One layer, where it is finite.
  struct LayerPath {
    Positions order;
    Distances distances;
  };

  [[nodiscard]] LayerPath path_of(std::size_t layer, const Positions& among) const {
    Positions order;
    std::ranges::copy_if(among, std::back_inserter(order), [&](std::size_t position) {
      return finite_state_of(view_.run(), position, layer) != nullptr;
    });
    return {.order = order, .distances = Distances(view_.run(), {layer}, order)};
  }

  // A few layers that are far off can make all together look so.
  [[nodiscard]] bool concerns_most_layers(const OffPath& off) const {
    std::size_t judged = 0;
    std::size_t agreed = 0;
    for (const LayerPath& layer : of_layers_) {
      const auto has = [&](std::size_t position) {
        return std::ranges::find(layer.order, position) != layer.order.end();
      };
      if (layer.distances.dimension() > 0 && layer.order.size() > 2 && has(off.at) &&
          has(off.other.value_or(off.at))) {
        ++judged;
        agreed += concerns(off, layer.distances, layer.order) ? 1U : 0U;
      }
    }
    return 4 * agreed >= 3 * judged;
  }

  [[nodiscard]] static bool concerns(const OffPath& off, const Distances& distances,
                                     const Positions& order) {
    const auto index = static_cast<std::size_t>(std::ranges::find(order, off.at) - order.begin());
    const std::size_t origin = order.front();
    const std::size_t before = index > 0 ? order[index - 1] : order[index + 1];
    const double way = distances.squared(origin, before);
    switch (off.how) {
      case How::reset:
        return distances.squared(origin, off.at) < 0.5 * way;
      case How::other_run:
        return distances.cosine(before, off.at) < 0.5 ||
               (way > 0.0 && distances.product(off.at, before, origin) < 0.5 * way);
      case How::jump: {
        const double step = distances.squared(before, off.at) / 5.0;
        return index > 1 && step > distances.squared(order[index - 2], before) &&
               index + 1 < order.size() && step > distances.squared(off.at, order[index + 1]);
      }
      case How::mixed:
        return true;
      case How::out_of_order:
      case How::foreign:
        break;
    }
    const auto leaves = [&](std::size_t position, double least) {
      const auto place = std::ranges::find(order, position) - order.begin();
      const auto share = detour_share(distances, order, static_cast<std::size_t>(place));
      return share && *share > least;
    };
    if (off.how == How::foreign) {
      return index + 1 == order.size() || leaves(off.at, 0.5);
    }
    // Of two in each other's place one may lie in so large a gap that it hardly shows there.
    return leaves(off.at, 0.15) || leaves(*off.other, 0.15) ||
           distances.squared(*off.other, off.at) < distances.squared(before, off.at);
  }

  // --- checkpoints

  void tell_checkpoints(const std::vector<OffPath>& all, const Positions& order) {
    for (const OffPath& off : all) {
      add(told(off, order), {});
    }
  }

  [[nodiscard]] Finding told(const OffPath& off, const Positions& order) const {
    Finding finding = view_.finding(kind_of(off), Severity::error, off.at);
    if (off.other) {
      finding.other = view_.moment(*off.other);
    }
    finding.evidence = words(off);
    const auto index = static_cast<std::size_t>(std::ranges::find(order, off.at) - order.begin());
    finding.neighbours = {index > 0 ? order[index - 1] : off.at, off.at,
                          index + 1 < order.size() ? order[index + 1] : off.at};
    finding.wants_rotations = true;
    return finding;
  }

  [[nodiscard]] Kind kind_of(const OffPath& off) const {
    switch (off.how) {
      case How::out_of_order:
        if (off.is_near_copy && off.other == view_.size() - 1) {
          return Kind::repeated_final;
        }
        return off.is_near_copy && off.other == 0U ? Kind::reset_to_initial
                                                   : Kind::steps_out_of_order;
      case How::reset:
        return Kind::reset_to_initial;
      case How::other_run:
      case How::mixed:
        return Kind::two_runs;
      case How::jump:
      case How::foreign:
        break;
    }
    return Kind::rotation_jump;
  }

  [[nodiscard]] std::string words(const OffPath& off) const {
    const std::string first =
        options_.has_initial ? "the initial ones" : "those of the first checkpoint";
    switch (off.how) {
      case How::out_of_order:
        return off.is_near_copy ? fmt::format("nearly the weights of {}", view_.label(*off.other))
                                : fmt::format("the weights lie where those of {} belong",
                                              view_.label(*off.other));
      case How::reset:
        return fmt::format("the weights are near {} again, after they had moved away", first);
      case How::other_run:
        return "the weights from here on do not go on from those before";
      case How::mixed:
        return "here and again later the weights have nothing in common with those around them";
      case How::jump:
        return "one step many times as long as those before and after it";
      case How::foreign:
        break;
    }
    return "the weights are far from those before, and from those after if there are any";
  }

  // --- layers

  void find_layers(const std::vector<OffPath>& of_checkpoints) {
    for (const std::size_t layer : view_.layers()) {
      if (copies_.stands_still[layer]) {
        continue;
      }
      const Positions order = order_of(layer, of_checkpoints);
      const Distances distances(view_.run(), {layer}, order);
      if (distances.dimension() < kLeastDimensionOfLayer) {
        continue;
      }
      PathOptions options = options_;
      options.deviations = kDeviationsOfLayer;
      options.has_initial = options_.has_initial && !order.empty() && order.front() == 0;
      for (const OffPath& off : off_path(distances, order, options)) {
        layers_[{off.at, off.how, off.other}].push_back(layer);
        orders_.try_emplace(off.at, order);
      }
    }
    for (const auto& [key, layers] : layers_) {
      const auto& [at, how, other] = key;
      add(told_of_layers({.how = how, .at = at, .other = other}, layers), layers);
    }
  }

  // Where the layer can be judged and nothing was found yet.
  [[nodiscard]] Positions order_of(std::size_t layer,
                                   const std::vector<OffPath>& of_checkpoints) const {
    const std::vector<std::size_t>& copied = copies_.copied[layer];
    Positions out;
    for (const std::size_t position : copies_.genuine) {
      const bool is_told =
          std::ranges::find(of_checkpoints, position, &OffPath::at) != of_checkpoints.end() ||
          std::ranges::find(copied, position) != copied.end() ||
          std::ranges::any_of(of_checkpoints, [&](const OffPath& off) {
            return off.how == How::out_of_order && off.other == position;
          });
      if (!is_told && finite_state_of(view_.run(), position, layer) != nullptr) {
        out.push_back(position);
      }
    }
    // Where whole checkpoints begin anew, a layer's path says nothing about the layer.
    const bool is_broken = std::ranges::any_of(of_checkpoints, [](const OffPath& off) {
      return off.how != How::out_of_order && off.how != How::foreign;
    });
    return is_broken ? Positions() : out;
  }

  [[nodiscard]] Finding told_of_layers(const OffPath& off,
                                       const std::vector<std::size_t>& layers) const {
    Finding finding = told(off, orders_.at(off.at));
    if (off.how == How::out_of_order) {
      finding.kind = Kind::foreign_shard;
    } else if (off.how == How::other_run || off.how == How::mixed) {
      finding.kind = Kind::rotation_jump;
    }
    if (layers.size() < view_.layers().size()) {
      finding.evidence += "; the other layers are in place";
    }
    return finding;
  }

  void add(Finding finding, const std::vector<std::size_t>& layers) {
    finding.layers = view_.names(layers);
    findings_.push_back(std::move(finding));
  }

  const RunView& view_;
  const Copies& copies_;
  PathOptions options_;
  std::vector<LayerPath> of_layers_;
  std::map<std::tuple<std::size_t, How, std::optional<std::size_t>>, std::vector<std::size_t>>
      layers_;
  std::map<std::size_t, Positions> orders_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> find_off_path(const RunView& view, const Copies& copies) {
  return PathFinder(view, copies).find();
}

}  // namespace hindcast::lint
