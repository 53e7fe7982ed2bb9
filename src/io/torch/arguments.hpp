#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/container/pickle.hpp"

/// What the arguments of a recorded call must be. All throw Error{malformed} where they are not.
namespace hindcast::io::torch {

/// The items of a tuple, at least `least`.
[[nodiscard]] std::span<const pickle::Index> arguments(const pickle::Graph& graph,
                                                       pickle::Index tuple, std::size_t least);

/// A text or bytes of at most 1024 bytes; `what` is for the message, as below.
[[nodiscard]] std::string_view short_text(const pickle::Graph& graph, pickle::Index value,
                                          std::string_view what);

/// An integer that is not negative.
[[nodiscard]] std::uint64_t count(const pickle::Graph& graph, pickle::Index value,
                                  std::string_view what);

/// A tuple or list of such, or a torch.Size of one. Throws Error{limit_exceeded} where there are
/// more than a tensor may have axes.
[[nodiscard]] std::vector<std::uint64_t> counts(const pickle::Graph& graph, pickle::Index value,
                                                std::string_view what, const Limits& limits);

}  // namespace hindcast::io::torch
