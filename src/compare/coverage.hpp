#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "compare/compare.hpp"
#include "compare/match.hpp"

namespace hindcast::compare {

/// Of which layers a number of the summary is made.
struct Coverage {
  std::int64_t a = 0;  ///< How many.
  std::int64_t b = 0;
  bool is_equal = true;  ///< Those of B are the counterparts of those of A.
};

/// Of the layers that have a value of `metric`; of all layers where it is none.
[[nodiscard]] Coverage coverage_of(std::string_view metric, const report::CheckpointReport& a,
                                   const report::CheckpointReport& b, const Matching& matching);

/// Why a number of other layers is neither better nor worse: "over 2 layers in A, 1 in B".
[[nodiscard]] std::string describe(const Coverage& coverage);

}  // namespace hindcast::compare
