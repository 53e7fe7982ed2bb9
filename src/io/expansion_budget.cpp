#include "io/expansion_budget.hpp"

#include <limits>

#include <fmt/format.h>

#include "io/limit_options.hpp"

namespace hindcast::io {

std::string ExpansionBudget::objection(std::uint64_t bytes, std::uint64_t stored) {
  if (bytes / times_ < stored) {
    return {};
  }
  if (bytes > most_ - used_) {
    return fmt::format(
        "takes {} bytes of memory and stores {}, the limit is {} times as much beyond {} bytes in "
        "a file{} or --max-expansion",
        bytes, stored, times_, most_, kRaiseUnpackedBytes);
  }
  used_ += bytes;
  return {};
}

std::uint64_t bytes_of_doubles(std::uint64_t count) noexcept {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return count > kMost / sizeof(double) ? kMost : count * sizeof(double);
}

}  // namespace hindcast::io
