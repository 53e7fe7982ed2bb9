#include "io/torch/arguments.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "io/limit_options.hpp"
#include "io/torch/globals.hpp"

namespace hindcast::io::torch {
namespace {

using pickle::Graph;
using pickle::Index;
using pickle::Kind;

[[noreturn]] void refuse(std::string_view what, std::string_view found) {
  throw Error(ErrorCode::malformed, fmt::format("{} is {}", what, found));
}

}  // namespace

std::span<const Index> arguments(const Graph& graph, Index tuple, std::size_t least) {
  if (graph.kind(tuple) != Kind::tuple) {
    refuse("what should be a tuple", name(graph.kind(tuple)));
  }
  const auto items = graph.items(tuple);
  if (items.size() < least) {
    throw Error(ErrorCode::malformed,
                fmt::format("a tuple of {} values, at least {} are needed", items.size(), least));
  }
  return items;
}

std::string_view short_text(const Graph& graph, Index value, std::string_view what) {
  constexpr std::size_t kMost = 1024;
  if (graph.kind(value) != Kind::text && graph.kind(value) != Kind::bytes) {
    refuse(what, name(graph.kind(value)));
  }
  const std::string_view text = graph.text(value);
  if (text.size() > kMost) {
    refuse(what, fmt::format("{} bytes long, at most {} are read", text.size(), kMost));
  }
  return text;
}

std::uint64_t count(const Graph& graph, Index value, std::string_view what) {
  const auto integer = graph.integer(value);
  if (!integer) {
    refuse(what, name(graph.kind(value)));
  }
  if (*integer < 0) {
    refuse(what, fmt::format("negative: {}", *integer));
  }
  return static_cast<std::uint64_t>(*integer);
}

std::vector<std::uint64_t> counts(const Graph& graph, Index value, std::string_view what,
                                  const Limits& limits) {
  if (called(graph, value) == Meaning::size) {
    value = arguments(graph, graph.call(value)->arguments, 1).front();
  }
  if (graph.kind(value) != Kind::tuple && graph.kind(value) != Kind::list) {
    refuse(what, name(graph.kind(value)));
  }
  const auto items = graph.items(value);
  if (items.size() > limits.rank) {
    throw Error(ErrorCode::limit_exceeded, fmt::format("has {} axes, the limit is {}{}",
                                                       items.size(), limits.rank, kRaiseAxes));
  }
  std::vector<std::uint64_t> values;
  for (const Index item : items) {
    values.push_back(count(graph, item, what));
  }
  return values;
}

}  // namespace hindcast::io::torch
