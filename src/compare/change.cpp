#include "compare/change.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace hindcast::compare {
namespace {

// |b - a| as a share of the larger, 0 to 2, whatever the exponents.
double share(double a, double b) {
  const double larger = std::max(std::abs(a), std::abs(b));
  return larger > 0.0 ? std::abs(b / larger - a / larger) : 0.0;
}

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Effect effect_of(const Values& values) {
  if (!values.a || !values.b) {
    return values.a ? Effect::lost : (values.b ? Effect::gained : Effect::same);
  }
  if (share(*values.a, *values.b) <= std::max(values.tolerance, kRounding)) {
    return Effect::same;
  }
  const double larger = std::max(std::abs(*values.a), std::abs(*values.b));
  const std::optional<double> gain = metrics::gain(values.better, *values.a, *values.b);
  if (!gain || std::abs(*gain) <= kRounding * larger) {
    return Effect::changed;
  }
  return *gain > 0.0 ? Effect::better : Effect::worse;
}

}  // namespace

std::string_view name(Effect effect) noexcept {
  switch (effect) {
    case Effect::worse:
      return "worse";
    case Effect::lost:
      return "lost";
    case Effect::changed:
      return "changed";
    case Effect::gained:
      return "gained";
    case Effect::better:
      return "better";
    case Effect::same:
      break;
  }
  return "same";
}

Change change_of(const Values& values) {
  Change out;
  out.a = values.a;
  out.b = values.b;
  out.better = values.better;
  out.effect = effect_of(values);
  if (values.a && values.b) {
    out.change = finite(*values.b - *values.a);
    // Divided first, so that the difference of large values does not overflow.
    out.relative = *values.a == 0.0 ? std::nullopt
                   : out.change
                       ? finite(*out.change / std::abs(*values.a))
                       : finite(*values.b / std::abs(*values.a) - *values.a / std::abs(*values.a));
  }
  return out;
}

double severity(const Change& change) noexcept {
  constexpr double kMost = 2.0;
  return change.a && change.b ? share(*change.a, *change.b) : kMost;
}

void sort_worst_first(std::vector<Change>& changes) {
  std::ranges::stable_sort(changes, [](const Change& one, const Change& other) {
    const auto rank = [](const Change& change) {
      const double size = severity(change);
      return std::pair(change.effect, change.effect == Effect::better ? size : -size);
    };
    return rank(one) < rank(other);
  });
}

}  // namespace hindcast::compare
