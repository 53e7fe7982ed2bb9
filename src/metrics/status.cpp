#include "hindcast/metrics/status.hpp"

#include <algorithm>

namespace hindcast::metrics {

std::string_view name(Status status) noexcept {
  switch (status) {
    case Status::zero:
      return "zero";
    case Status::non_finite:
      return "non_finite";
    case Status::below_resolution:
      return "below_resolution";
    case Status::near_resolution:
      return "near_resolution";
    case Status::dead_filter:
      return "dead_filter";
    case Status::not_certified:
      return "not_certified";
    case Status::partial:
      break;
  }
  return "partial";
}

void StatusSet::add(Status status) {
  const auto place = std::ranges::lower_bound(statuses_, status);
  if (place == statuses_.end() || *place != status) {
    statuses_.insert(place, status);
  }
}

void StatusSet::add(const StatusSet& others) {
  for (const Status status : others.list()) {
    add(status);
  }
}

bool StatusSet::has(Status status) const noexcept {
  return std::ranges::binary_search(statuses_, status);
}

}  // namespace hindcast::metrics
