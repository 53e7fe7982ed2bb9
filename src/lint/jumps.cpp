#include "lint/jumps.hpp"

#include <algorithm>
#include <cmath>

namespace hindcast::lint {

double time_between(const PathOptions& options, std::size_t before, std::size_t after) {
  const double time = options.times.empty() ? 1.0 : options.times[after] - options.times[before];
  return time > 0.0 ? time : 1.0;
}

double least_way(const Distances& distances) {
  constexpr double kSinglePrecision = 1e-11;
  return std::max(kSinglePrecision, distances.few_values());
}

bool Jumps::is_jump(std::size_t i) const {
  constexpr double kLonger = 25.0;
  if (i < (options_.has_initial ? 3 : 2) || i + 1 >= order_.size()) {
    return false;
  }
  const auto is_longer_than = [&](std::size_t k) {
    const double allowance = std::max(1.0, gap(i) / gap(k));
    return distances_.squared(order_[i - 1], order_[i]) >
           kLonger * allowance * allowance *
               std::max(distances_.squared(order_[k - 1], order_[k]), least_way(distances_));
  };
  const bool is_more_than_rounding =
      distances_.squared(order_[i - 1], order_[i]) > distances_.rounding();
  return is_more_than_rounding && is_longer_than(i - 1) && is_longer_than(i + 1);
}

double Jumps::rotation(std::size_t i) const {
  return 1.0 - distances_.cosine(order_[i - 1], order_[i]);
}

double Jumps::gap(std::size_t i) const {
  return time_between(options_, order_[i - 1], order_[i]);
}

// A turn of nearly a right angle after steps, and before one, that turned little: chance separates
// weights that far, training does not. The first step from the initialisation may.
bool Jumps::turns_away(std::size_t i) const {
  constexpr double kJump = 0.7;
  constexpr double kAgainstNeighbours = 3.0;
  constexpr std::size_t kRecent = 4;
  const std::size_t first = options_.has_initial ? 2 : 1;
  if (i < first + 2 || rotation(i) < kJump) {
    return false;
  }
  double largest = 0.0;
  double longest = 0.0;
  for (std::size_t k = std::max(first, i > kRecent ? i - kRecent : 0); k < i; ++k) {
    largest = std::max(largest, rotation(k));
    longest = std::max(longest, gap(k));
  }
  const double allowance = std::max(1.0, gap(i) / longest);
  if (rotation(i) <= kAgainstNeighbours * allowance * largest) {
    return false;
  }
  if (i + 1 == order_.size()) {
    return allowance < 1.5;  // Nothing shows that it was not a longer training.
  }
  return rotation(i + 1) < rotation(i) / kAgainstNeighbours &&
         distances_.cosine(order_[i - 1], order_[i + 1]) < 1.0 - kJump;
}

// How much of the way from the initialisation to the checkpoint before is part of the way to this
// one: all of it for a walk, half of it or more for scatter, nothing for another training from the
// same initialisation.
std::optional<double> Jumps::kept_way(std::size_t i) const {
  const double before = distances_.squared(order_[0], order_[i - 1]);
  const double now = distances_.squared(order_[0], order_[i]);
  const double noise = std::sqrt(now / before / static_cast<double>(distances_.dimension()));
  if (before < least_way(distances_) || noise > 0.15) {
    return std::nullopt;
  }
  return distances_.product(order_[i], order_[i - 1], order_[0]) / before;
}

bool Jumps::forgets_its_way(std::size_t i) const {
  constexpr double kForgotten = 0.25;
  constexpr double kUsual = 0.6;
  if (!options_.has_initial || i < 3) {
    return false;
  }
  const std::optional<double> kept = kept_way(i);
  const double before = distances_.squared(order_[0], order_[i - 1]);
  if (!kept || *kept >= kForgotten ||
      distances_.squared(order_[0], order_[i]) < kResetShare * before) {
    return false;
  }
  const auto is_usual = [&](std::size_t k) { return kept_way(k).value_or(0.0) >= kUsual; };
  return is_usual(i - 1) && (i + 1 == order_.size() || is_usual(i + 1));
}

}  // namespace hindcast::lint
