#pragma once

#include <optional>
#include <string>

#include "hindcast/compare/compare.hpp"

namespace hindcast::compare {

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
