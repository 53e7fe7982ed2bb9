#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hindcast::analysis {

/// Who does what: for each of `costs` one of `shards`, from 0. The largest is given away first,
/// each to the shard that has least so far, so that no two shards differ by more than the largest
/// cost (Graham, "Bounds on multiprocessing timing anomalies", 1969). Depends on nothing else than
/// the costs and their order; `shards` must be at least 1.
[[nodiscard]] std::vector<std::size_t> share_out(std::span<const std::uint64_t> costs,
                                                 std::size_t shards);

}  // namespace hindcast::analysis
