#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hindcast::metrics {

/// What is special about a measurement, or why a value is missing.
enum class Status : std::uint8_t {
  zero,              ///< Every weight is 0.
  non_finite,        ///< NaN or infinity among the weights: nothing can be measured.
  below_resolution,  ///< The smallest singular value is lost in rounding.
  near_resolution,   ///< The smallest singular value has few correct digits.
  dead_filter,       ///< A row so small that the published optimiser's own answer is undefined.
  not_certified,     ///< The partial path could not prove a value, so it gives none.
  partial,           ///< Values that need the whole spectrum were not computed.
};

/// As in reports: "below_resolution".
[[nodiscard]] std::string_view name(Status status) noexcept;

/// Several may hold; empty means "ok". Sorted and without repetition.
class StatusSet {
 public:
  /// Holds from now on, too.
  void add(Status status);
  /// All of them hold from now on.
  void add(const StatusSet& others);

  /// Is there nothing special?
  [[nodiscard]] bool ok() const noexcept { return statuses_.empty(); }
  /// Does it hold?
  [[nodiscard]] bool has(Status status) const noexcept;
  /// Those that hold, in the order of Status.
  [[nodiscard]] const std::vector<Status>& list() const noexcept { return statuses_; }

 private:
  std::vector<Status> statuses_;
};

}  // namespace hindcast::metrics
