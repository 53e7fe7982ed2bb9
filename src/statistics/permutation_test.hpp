#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "statistics/coefficients.hpp"

namespace hindcast::statistics {

struct PermutationOptions {
  std::uint64_t draws = 9999;         ///< Arrangements that are tried where there are too many.
  std::uint64_t seed = 1;             ///< Of the generator that draws them.
  std::uint64_t exact_up_to = 50000;  ///< So many are all tried.
};

/// How often chance alone gives a coefficient as far from 0 as the one found.
struct PermutationResult {
  double p = 1.0;                  ///< Two-sided, never 0.
  double smallest = 1.0;           ///< The least p that any arrangement of these values would have.
  std::uint64_t arrangements = 0;  ///< Tried, beside the one found where not all were.
  bool exact = false;              ///< Were all tried? Else p = (b + 1) / (draws + 1).
};

/// Tests a pairing of independent rows: every arrangement of y is as likely as any other.
[[nodiscard]] PermutationResult test_by_permutation(const Pairing& pairing,
                                                    const PermutationOptions& options);

/// One run: a pairing of rows in the order of time, and its share in the mean of all runs.
struct WeightedPairing {
  Pairing pairing;
  double weight = 1.0;
};

/// The weighted mean of the coefficients of several runs.
[[nodiscard]] double mean_value(std::span<const WeightedPairing> runs);

/// Tests that mean. Neighbouring rows of a run are alike, so that not every arrangement is as
/// likely as any other: instead each run's y is shifted in time, by any number of rows, what
/// leaves at the end coming in at the start (1000 evenly spread shifts of a longer run). That keeps
/// what neighbours have in common, where shuffling would take any two smooth curves for related.
/// Exact for independent rows; close where the memory is short beside the run; of two random walks
/// it still finds too much, though far less than shuffling would.
[[nodiscard]] PermutationResult test_by_shifts(std::span<const WeightedPairing> runs,
                                               const PermutationOptions& options);

}  // namespace hindcast::statistics
