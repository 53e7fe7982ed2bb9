#include "lint/training_path.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "lint/jumps.hpp"

namespace hindcast::lint {
namespace {

// Halfway between a walk (0) and scatter (1/2), and well beyond scatter.
constexpr double kDisplacedShare = 0.3;
constexpr double kForeignShare = 0.8;
constexpr double kWalkShare = 0.1;
// Of the detour here, how much may be left at the place where the weights belong.
constexpr double kFittingShare = 0.3;
// And how much at most, were the estimate off by as much as chance allows.
constexpr double kCertainShare = 0.7;
constexpr double kNearCopyShare = 1e-6;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// Has nothing in common with neighbours that have much in common with each other.
bool is_alien(const Distances& distances, const std::vector<std::size_t>& order, std::size_t i) {
  const double noise = 1.0 / std::sqrt(static_cast<double>(distances.dimension()));
  const double among = distances.cosine(order[i - 1], order[i + 1]);
  const double with =
      std::max(distances.cosine(order[i - 1], order[i]), distances.cosine(order[i], order[i + 1]));
  return among > 0.2 + 3.0 * noise && with < 0.4 * among;
}

// Where two runs begin to take turns, if they do: each of them is alien to the other.
std::optional<std::size_t> mixed_from(const Distances& distances,
                                      const std::vector<std::size_t>& order) {
  constexpr std::size_t kLeast = 4;
  std::vector<std::size_t> aliens;
  for (std::size_t i = 1; i + 1 < order.size(); ++i) {
    if (is_alien(distances, order, i)) {
      aliens.push_back(order[i]);
    }
  }
  const bool are_many = aliens.size() >= kLeast && 3 * aliens.size() >= order.size();
  return are_many ? std::optional(aliens.front()) : std::nullopt;
}

struct Suspect {
  std::size_t index = 0;  // In the order.
  double detour = 0.0;
  OffPath::How how = OffPath::How::foreign;
  std::size_t place = 0;                    // Where it belongs, once it is taken out.
  std::optional<std::size_t> copy_of = {};  // A position in the run.
  bool restarts = false;                    // After it the training goes on from there.
};

// A gap between two checkpoints where another one may belong.
struct Place {
  std::size_t before = 0;  // An index in the order without the checkpoint; the gap follows it.
  double detour = std::numeric_limits<double>::infinity();
  double noise = 0.0;
};

class Search {
 public:
  Search(const Distances& distances, std::vector<std::size_t> order, const PathOptions& options)
      : distances_(distances),
        original_(order),
        order_(std::move(order)),
        options_(options),
        noise_(1.0 / std::sqrt(static_cast<double>(distances.dimension()))) {}

  std::vector<OffPath> run() {
    for (std::size_t turn = 0; turn < original_.size(); ++turn) {
      const std::optional<Suspect> worst = worst_suspect();
      if (!worst) {
        break;
      }
      settle(*worst);
    }
    explain_moves();
    return std::move(found_);
  }

  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }
  [[nodiscard]] const std::vector<std::size_t>& restarts() const { return restarts_; }

 private:
  // By the index in the order.
  [[nodiscard]] double d2(std::size_t a, std::size_t b) const {
    return distances_.squared(order_[a], order_[b]);
  }

  [[nodiscard]] std::optional<Suspect> worst_suspect() const {
    std::optional<Suspect> worst;
    for (std::size_t i = options_.has_initial ? 1 : 0; i < order_.size(); ++i) {
      const std::optional<Suspect> one = suspect(i);
      if (one && (!worst || one->detour > worst->detour)) {
        worst = one;
      }
    }
    return worst;
  }

  [[nodiscard]] std::optional<Suspect> suspect(std::size_t i) const {
    const bool is_end = i == 0 || i + 1 == order_.size();
    if (order_.size() < 3 || std::ranges::find(restarts_, order_[i]) != restarts_.end()) {
      return std::nullopt;
    }
    if (i >= 2 && is_at_the_beginning(i)) {
      return reset(i);
    }
    std::optional<Suspect> found = is_end ? misplaced_end(i) : misplaced(i);
    if (!found && i >= 2 &&
        distances_.squared(order_[0], order_[i]) <
            kResetShare * distances_.squared(order_[0], order_[i - 1])) {
      found = reset(i);
    }
    return found || is_end ? found : foreign(i);
  }

  // Nearer to the first checkpoint than any other: no later step can have such weights.
  [[nodiscard]] bool is_at_the_beginning(std::size_t i) const {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t s = 1; s < i; ++s) {
      nearest = std::min(nearest, d2(0, s));
    }
    return nearest > least_way(distances_) && d2(0, i) < kResetShare * nearest;
  }

  [[nodiscard]] std::optional<Suspect> reset(std::size_t i) const {
    const double before = d2(0, i - 1);
    if (before < least_way(distances_)) {
      return std::nullopt;
    }
    return Suspect{.index = i,
                   .detour = before,
                   .how = OffPath::How::reset,
                   .restarts = i + 1 == order_.size() || d2(0, i + 1) < 0.5 * before};
  }

  [[nodiscard]] std::optional<Suspect> misplaced(std::size_t i) const {
    const double way = d2(i - 1, i) + d2(i, i + 1);
    const double detour = way - d2(i - 1, i + 1);
    if (way < least_way(distances_) ||
        detour < std::max(kDisplacedShare, options_.deviations * noise_) * way) {
      return std::nullopt;
    }
    return at_best_place(i, detour);
  }

  // At an end there is no detour but only the way there. Weights that overshot and come to rest at
  // the end of a long last stretch lie before the last but one, too: only after a walk in even
  // steps does that place mean anything.
  [[nodiscard]] std::optional<Suspect> misplaced_end(std::size_t i) const {
    const double way = i == 0 ? d2(0, 1) : d2(i - 1, i);
    if (order_.size() < 5 || way < least_way(distances_)) {
      return std::nullopt;
    }
    std::optional<Suspect> found = at_best_place(i, way);
    const bool counts =
        found && (found->copy_of || (is_evenly_spaced() && makes_a_walk(i, found->place)));
    return counts ? found : std::nullopt;
  }

  [[nodiscard]] bool is_evenly_spaced() const {
    constexpr double kEven = 1.5;
    const std::size_t first = options_.has_initial ? 2 : 1;
    double least = std::numeric_limits<double>::infinity();
    double most = 0.0;
    for (std::size_t k = first; k < original_.size(); ++k) {
      const double gap = time_between(options_, original_[k - 1], original_[k]);
      least = std::min(least, gap);
      most = std::max(most, gap);
    }
    return most <= kEven * least;
  }

  // With the end at its better place, is there no detour anywhere?
  [[nodiscard]] bool makes_a_walk(std::size_t i, std::size_t place) const {
    std::vector<std::size_t> walk = without(i);
    walk.insert(walk.begin() + static_cast<std::ptrdiff_t>(place), order_[i]);
    for (std::size_t k = 1; k + 1 < walk.size(); ++k) {
      if (*detour_share(distances_, walk, k) > std::max(kWalkShare, 3.0 * noise_)) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] std::vector<std::size_t> without(std::size_t i) const {
    std::vector<std::size_t> rest = order_;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    return rest;
  }

  // Where it belongs, if its detour there is nearly nothing compared with the one it makes here.
  [[nodiscard]] std::optional<Suspect> at_best_place(std::size_t i, double detour) const {
    const std::vector<std::size_t> rest = without(i);
    Place best;
    for (std::size_t p = 0; p + 1 < rest.size(); ++p) {
      const double from = distances_.squared(rest[p], order_[i]);
      const double to = distances_.squared(order_[i], rest[p + 1]);
      const double gap = distances_.squared(rest[p], rest[p + 1]);
      // Estimates of what is far away are too coarse to say that it is in between.
      constexpr double kBetween = 1.3;
      if (p + 1 == i || std::max(from, to) > kBetween * gap || from + to - gap >= best.detour) {
        continue;
      }
      best = {.before = p, .detour = from + to - gap, .noise = 2.0 * noise_ * std::sqrt(from * to)};
    }
    if (best.detour > kFittingShare * detour ||
        best.detour + options_.deviations * best.noise > kCertainShare * detour) {
      return std::nullopt;
    }
    Suspect found{
        .index = i, .detour = detour, .how = OffPath::How::out_of_order, .place = best.before + 1};
    for (const std::size_t near : {rest[best.before], rest[best.before + 1]}) {
      if (distances_.squared(near, order_[i]) < kNearCopyShare * detour) {
        found.copy_of = near;
      }
    }
    return found;
  }

  [[nodiscard]] std::optional<Suspect> foreign(std::size_t i) const {
    const double from = d2(i - 1, i);
    const double to = d2(i, i + 1);
    const double detour = from + to - d2(i - 1, i + 1);
    if (from + to < std::max(least_way(distances_), distances_.rounding()) ||
        !(leaves_and_returns(i, detour / (from + to)) || is_alien(distances_, order_, i))) {
      return std::nullopt;
    }
    return Suspect{.index = i, .detour = detour, .how = OffPath::How::foreign};
  }

  // The detour is beyond scatter, and no step nearby is as long.
  [[nodiscard]] bool leaves_and_returns(std::size_t i, double share) const {
    constexpr double kCap = 0.9;
    const double noisy = 0.5 + 1.1 * options_.deviations * noise_;
    if (share < std::min(kCap, std::max(kForeignShare, noisy))) {
      return false;
    }
    constexpr std::size_t kWindow = 4;
    std::vector<double> steps;
    for (std::size_t k = i > kWindow ? i - kWindow : 1;
         k < std::min(order_.size(), i + kWindow + 2); ++k) {
      if (k != i && k != i + 1) {
        steps.push_back(d2(k - 1, k));
      }
    }
    return !steps.empty() && std::min(d2(i - 1, i), d2(i, i + 1)) > 2.0 * median(steps);
  }

  void settle(const Suspect& suspect) {
    const std::size_t at = order_[suspect.index];
    if (suspect.how == OffPath::How::out_of_order && !suspect.copy_of) {
      order_ = without(suspect.index);
      order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(suspect.place), at);
      moved_.push_back(at);
      return;
    }
    found_.push_back({.how = suspect.how,
                      .at = at,
                      .other = suspect.copy_of,
                      .is_near_copy = suspect.copy_of.has_value()});
    if (suspect.restarts) {
      restarts_.push_back(at);
      return;
    }
    order_ = without(suspect.index);
    std::erase(original_, at);
  }

  // What a moved checkpoint has before it on the path; of two that have each other's place, the
  // other one.
  void explain_moves() {
    for (std::size_t k = 0; k < original_.size(); ++k) {
      const std::size_t at = original_[k];
      if (order_[k] == at) {
        continue;
      }
      const auto place = std::ranges::find(order_, at);
      const std::size_t swapped = original_[static_cast<std::size_t>(place - order_.begin())];
      if (order_[k] == swapped) {
        const bool is_told = k > 0 && original_[k - 1] == swapped;  // Of neighbours once is enough.
        if (!is_told) {
          add_move(at, swapped);
        }
      } else if (std::ranges::find(moved_, at) != moved_.end()) {
        add_move(at, place == order_.begin() ? *std::next(place) : *std::prev(place));
      }
    }
  }

  void add_move(std::size_t at, std::size_t other) {
    found_.push_back({.how = OffPath::How::out_of_order, .at = at, .other = other});
  }

  const Distances& distances_;
  std::vector<std::size_t> original_;
  std::vector<std::size_t> order_;
  const PathOptions& options_;
  double noise_;
  std::vector<OffPath> found_;
  std::vector<std::size_t> moved_;
  std::vector<std::size_t> restarts_;
};

}  // namespace

std::vector<OffPath> off_path(const Distances& distances, const std::vector<std::size_t>& order,
                              const PathOptions& options) {
  constexpr std::size_t kLeastDimension = 24;
  if (distances.dimension() < kLeastDimension || order.size() < 3) {
    return {};
  }
  if (const auto from = mixed_from(distances, order)) {
    return {{.how = OffPath::How::mixed, .at = *from}};
  }
  Search search(distances, order, options);
  std::vector<OffPath> found = search.run();
  const Jumps jumps(distances, search.order(), options);
  for (std::size_t i = 1; i < search.order().size(); ++i) {
    const std::size_t at = search.order()[i];
    const bool is_told = std::ranges::find(found, at, &OffPath::at) != found.end();
    if (is_told) {
      continue;
    }
    if (jumps.begins_another_run(i)) {
      const bool is_last = i + 1 == search.order().size();
      found.push_back({.how = is_last ? OffPath::How::foreign : OffPath::How::other_run, .at = at});
    } else if (jumps.is_jump(i)) {
      found.push_back({.how = OffPath::How::jump, .at = at});
    }
  }
  return found;
}

std::optional<double> detour_share(const Distances& distances,
                                   const std::vector<std::size_t>& order, std::size_t index) {
  if (index == 0 || index + 1 >= order.size() || distances.dimension() == 0) {
    return std::nullopt;
  }
  const double way = distances.squared(order[index - 1], order[index]) +
                     distances.squared(order[index], order[index + 1]);
  return way > 0.0 ? 1.0 - distances.squared(order[index - 1], order[index + 1]) / way : 0.0;
}

}  // namespace hindcast::lint
