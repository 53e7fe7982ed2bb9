#include "lint/which_is_copy.hpp"

#include <algorithm>
#include <cmath>

namespace hindcast::lint {
namespace {

using Number = std::optional<double>;

// Of the distance between the two answers, in logarithms: what still counts as halfway.
constexpr double kUndecided = 1.0 / 6.0;

Number log_ratio(double a, double b) {
  return a > 0.0 && b > 0.0 ? Number(std::log(a / b)) : std::nullopt;
}

// The way to X against that from it, were X at `at`. At an end of the run the next step that is
// known stands for the way that is not.
template <typename Length>
Number ratio_around(const EqualPair& pair, std::size_t at, const Length& length) {
  if (pair.before && pair.after) {
    return log_ratio(length(*pair.before, at), length(at, *pair.after));
  }
  if (pair.before && pair.long_before) {
    return log_ratio(length(*pair.before, at), length(*pair.long_before, *pair.before));
  }
  if (pair.after && pair.long_after) {
    return log_ratio(length(*pair.after, *pair.long_after), length(at, *pair.after));
  }
  return std::nullopt;
}

// `slowing` is the logarithm of the speed before against that after: the schedule may have changed
// it at any moment in between.
template <typename Length>
WhichIsCopy decided(const EqualPair& pair, const Distances& own, const Length& clock,
                    const Number& slowing) {
  WhichIsCopy first_is_genuine{.genuine = pair.first, .copy = pair.second};
  const Number seen = ratio_around(pair, pair.first,
                                   [&](std::size_t a, std::size_t b) { return own.squared(a, b); });
  const Number if_first = ratio_around(pair, pair.first, clock);
  const Number if_second = ratio_around(pair, pair.second, clock);
  if (own.dimension() == 0 || !seen || !if_first || !if_second || *if_second <= *if_first) {
    return first_is_genuine;
  }
  const double apart = *if_second - *if_first;
  if (!slowing) {
    return first_is_genuine;  // Most schedules slow down towards an end, nobody knows how much.
  }
  const double middle = 0.5 * (*if_first + *if_second);
  const double noise = 2.0 / std::sqrt(static_cast<double>(own.dimension()));
  const double margin = std::max(kUndecided * apart, noise);
  const bool is_even = std::abs(*slowing) < apart;
  if (is_even && *seen > middle + 0.5 * *slowing + kUndecided * apart) {
    return {.genuine = pair.second,
            .copy = pair.first,
            .is_certain = *seen > middle + std::max(*slowing, 0.0) + margin};
  }
  first_is_genuine.is_certain = *seen < middle + std::min(*slowing, 0.0) - margin;
  return first_is_genuine;
}

}  // namespace

WhichIsCopy which_is_copy(const EqualPair& pair, const Distances& own, const Distances& moving) {
  const auto clock = [&](std::size_t a, std::size_t b) { return moving.squared(a, b); };
  return decided(pair, own, clock, 0.0);
}

WhichIsCopy which_is_copy(const EqualPair& pair, const Distances& own,
                          const std::vector<double>& times) {
  const auto clock = [&](std::size_t a, std::size_t b) {
    return times.empty() ? static_cast<double>(b) - static_cast<double>(a) : times[b] - times[a];
  };
  Number slowing;
  if (!times.empty() && own.dimension() > 0 && pair.before && pair.after && pair.long_before &&
      pair.long_after) {
    const auto speed = [&](std::size_t a, std::size_t b) {
      return own.squared(a, b) / clock(a, b);
    };
    slowing =
        log_ratio(speed(*pair.long_before, *pair.before), speed(*pair.after, *pair.long_after));
  }
  return decided(pair, own, clock, slowing);
}

}  // namespace hindcast::lint
