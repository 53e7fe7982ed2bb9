#pragma once

#include <optional>
#include <string>

#include "compare/compare.hpp"

namespace hindcast::compare {

/// Values that differ by no more than this share of the larger are equal whatever the tolerance: 16
/// units in the last place, which a sum over layers in another order, or by another processor's
/// kernels, may come to.
constexpr double kRounding = 0x1p-48;

/// A value on both sides, before anything is made of it.
struct Values {
  std::optional<double> a = {};
  std::optional<double> b = {};
  metrics::Better better = metrics::Better::unknown;
  double tolerance = 0.0;
};

/// What became of it; the names are left to the caller.
[[nodiscard]] Change change_of(const Values& values);

/// How much a value changed, as a share of the larger: 0 to 2; 2 where one side has none.
[[nodiscard]] double severity(const Change& change) noexcept;

}  // namespace hindcast::compare
