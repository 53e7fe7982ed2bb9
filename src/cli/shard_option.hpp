#pragma once

#include <cstdint>
#include <string_view>

namespace hindcast::cli {

/// One of several machines that share the work.
struct ShardNumber {
  std::int64_t shard = 1;  ///< From 1 to `shards`.
  std::int64_t shards = 1;
};

/// "3/8". Throws Error{usage}.
[[nodiscard]] ShardNumber parse_shard(std::string_view text);

}  // namespace hindcast::cli
