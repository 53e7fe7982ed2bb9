#include "io/torch/bare_pickle.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/byte_cursor.hpp"
#include "io/container/pickle.hpp"
#include "io/torch/globals.hpp"

namespace hindcast::io::torch {
namespace {

using Bytes = std::span<const std::byte>;

struct Seen {
  bool whole = false;  // A pickle from the first byte of the file to its last.
  bool holds_objects = false;
  std::vector<std::string> names;
};

Seen look_at(Bytes file) {
  Seen seen;
  try {
    ByteCursor cursor(file);
    const pickle::Graph graph = pickle::read_pickle(cursor);
    const pickle::Kind top = graph.kind(graph.root());
    seen.whole = cursor.at_end();
    seen.holds_objects = top == pickle::Kind::call || !graph.items(graph.root()).empty();
    seen.names = unknown_names(graph);
  } catch (const Error&) {
    // What does not parse is told by how it begins.
  }
  return seen;
}

// Protocols 2 to 5 begin with their number; 0 and 1 are text and begin with anything.
bool begins_like_pickle(Bytes file) {
  return file.size() > 2 && file[0] == std::byte{0x80} && file[1] >= std::byte{2} &&
         file[1] <= std::byte{5};
}

}  // namespace

std::optional<std::string> describe_bare_pickle(Bytes file) {
  const Seen seen = look_at(file);
  if (!begins_like_pickle(file) && !(seen.whole && seen.holds_objects)) {
    return std::nullopt;
  }
  const auto is_sharding = [](const std::string& name) {
    return name.starts_with("torch.distributed.checkpoint.");
  };
  if (std::ranges::any_of(seen.names, is_sharding)) {
    return "the index of a sharded PyTorch checkpoint (torch.distributed.checkpoint), which is not "
           "supported; make one file of it with torch.distributed.checkpoint.format_utils";
  }
  std::string text =
      "a bare pickle, not a PyTorch checkpoint: pickles can run code, so it is not read";
  return seen.names.empty() ? text : fmt::format("{} (it refers to {})", text, listed(seen.names));
}

}  // namespace hindcast::io::torch
