#pragma once

#include <cstdint>
#include <string>

#include "hindcast/io/checkpoint.hpp"

namespace hindcast::io {

/// What of a file may be made of hardly anything: values that were never written or are all the
/// same take no room in a file and all of it in memory.
class ExpansionBudget {
 public:
  explicit ExpansionBudget(const Limits& limits) noexcept
      : times_(limits.expansion), most_(limits.expansion_free_bytes) {}

  /// Why a tensor is not read whose values, all that must be held to have them as doubles, take
  /// `bytes`, of which the file stores `stored`; empty if it may be. Up to `limits.expansion` times
  /// as much costs nothing; all tensors with more share `limits.expansion_free_bytes`.
  [[nodiscard]] std::string objection(std::uint64_t bytes, std::uint64_t stored);

 private:
  std::uint64_t times_;
  std::uint64_t most_;
  std::uint64_t used_ = 0;
};

/// Of `count` values, where their product is beyond 64 bits the largest number.
[[nodiscard]] std::uint64_t bytes_of_doubles(std::uint64_t count) noexcept;

}  // namespace hindcast::io
