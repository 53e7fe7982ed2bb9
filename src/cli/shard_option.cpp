#include "cli/shard_option.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "report/part.hpp"

namespace hindcast::cli {
namespace {

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && number >= 1 ? std::optional(number) : std::nullopt;
}

}  // namespace

ShardNumber parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto shard = number_of(text.substr(0, slash));
  const auto shards =
      slash == std::string_view::npos ? std::nullopt : number_of(text.substr(slash + 1));
  if (!shard || !shards || *shard > *shards || *shards > report::kMostShards) {
    throw Error(ErrorCode::usage,
                fmt::format("--shard must be K/N with 1 <= K <= N <= {}, such as 3/8, not '{}'",
                            report::kMostShards, printable(text)));
  }
  return {.shard = *shard, .shards = *shards};
}

}  // namespace hindcast::cli
